"""The public column: notices of the city, of each community and of some compounds."""

from datetime import timedelta

from tongren_data.book import END_DAY, Row, day
from tongren_data.places import COMMUNITIES, COMPOUND_COMMUNITY, COMPOUND_NAME

# days before the end | category | title | title in English | and the text on the next line
_CITY = """
372 | policy | 取暖费补贴怎么领 | How to claim the heating allowance |
  符合条件的家庭带户口簿和缴费单据到所在社区登记，社区核对后五个工作日内答复。补贴打到登记的账户，不收任何费用。
338 | notice | 冬季用电用气提醒 | Using power and gas safely in winter |
  取暖设备不要和其他大功率电器共用一个插座。闻到燃气味先关阀、开窗，到室外再打电话，二十四小时有人接。
270 | duty | 春节期间值班安排 | Who is on duty over Spring Festival |
  供水、供电、燃气、供暖故障全天受理，电话与平时相同。其他事项登记后，节后第一个工作日联系。
262 | notice | 节前集中清运垃圾 | Rubbish collected before the holiday |
  各小区大件垃圾请在本周五前放到指定地点，周末统一清运。
235 | policy | 求助人的信息怎么保护 | How the details of those who ask are kept |
  办理人员只看到办这件事需要的内容。公开的心愿只写需要什么，不写姓名、电话和住址。到期后个人信息自动删除。
180 | policy | 新来务工人员怎样办居住证 | Residence permits for newcomers |
  带身份证明和租房合同到社区登记，社区代为送交窗口，办好后电话通知领取。
121 | notice | 雨季排水检查 | Drains checked before the rains |
  六月中旬起检查各小区雨水口和污水井，发现堵塞请随时报修。
76 | notice | 开学前文具心愿征集 | Wishes for the start of school |
  需要书包、文具、台灯的家庭，可以在网上、电话或请网格员代填，本月二十日前登记的开学前送到。
45 | results | 上半年办理情况 | What was done in the first half-year |
  各类诉求按月公布件数、按时办结率和满意率。没有回答的单独列出，不算满意。数据可在各社区页面查看。
24 | notice | 供暖试水开始 | Heating systems filled and tested |
  本周起分片试水，家中请留人。发现漏水先关入户阀，再打物业或社区电话。
11 | duty | 供暖季抢修值班 | Repair duty in the heating season |
  供暖季每天二十四小时有人值班。室温低于十六度可以报修，两小时内答复。
"""
_COMMUNITY = """
392 | funds | 三季度运转经费支出 | Running costs, third quarter |
  本季度支出包括办公用品、活动室维修和便民服务三项，凭证齐全，明细张贴在社区公开栏。
365 | duty | 周末值班电话 | Who answers at the weekend |
  周末和节假日值班电话与社区电话相同，接听时间为早九点到晚七点，急事全天可打。
351 | notice | 入户更换楼道灯 | Stairwell lights replaced |
  本周起逐楼更换声控灯，施工时楼道短时无灯，请慢走。
330 | notice | 爱心洗衣房开放时间 | Opening hours of the laundry room |
  周一至周五上午接收，三天内送回。衣物当面清点，清单一式两份。
309 | results | 本季微心愿完成情况 | Small wishes granted this quarter |
  本季登记的心愿大部分已由共建单位认领并送到，余下的继续公开认领。
286 | notice | 停水通知 | Water cut off for repairs |
  因更换管道阀门，周三上午九点到下午四点停水，请提前储水。提前修好提前供水。
255 | fees | 物业收费标准公示 | Property charges |
  各小区物业费按合同收取，标准和合同期限张贴在小区公开栏。多收、重复收费可以直接投诉。
228 | notice | 春季环境整治 | Spring clean-up |
  周六上午九点集合，清理巷道和绿化带。工具由社区准备，参加自愿。
214 | funds | 运转经费年度计划 | Running costs planned for the year |
  全年运转经费七万五千元，用于便民服务、活动和日常维护，按季度公布支出。
190 | policy | 公租房申请材料 | Papers for public rental housing |
  需要申请表、收入证明和住房情况说明。社区帮忙填表，材料齐全后十个工作日内公示结果。
163 | notice | 议事会议题征集 | Topics for the residents' meeting |
  请把想商量的事写下来交给网格员或投到意见箱，汇总后在会前三天公布议题。
142 | results | 议事会决定办理进度 | What became of the meeting's decisions |
  上次会议确定的五件事办完三件，两件正在施工。没有按时完成的写明原因和新的日期。
116 | notice | 夏季灭蚊消杀 | Mosquito control |
  周四晚八点到十点在绿化带和下水口消杀，请关好门窗，看好小孩。
97 | notice | 暑期阅览室开放 | Reading room open in summer |
  七月和八月每天上午九点到下午六点开放，可以写作业，有志愿者值守。
70 | fees | 停车费调整听取意见 | Parking charges: tell us what you think |
  小区停车收费方案张贴七天，意见可写在公开栏旁的本子上，或打社区电话。
52 | funds | 二季度运转经费支出 | Running costs, second quarter |
  支出三项，余额结转下季度。每笔支出都有凭证，可到社区查看。
33 | notice | 活动室调整开放时间 | New opening hours of the activity room |
  国庆后活动室改为上午九点到晚上八点，周一整理不开放。
17 | duty | 本月值班表 | Who is on duty this month |
  工作日由社区工作人员轮值，晚间和周末由带班人员接听电话。
6 | notice | 电梯和消防检查 | Lifts and fire equipment checked |
  下周检查电梯、灭火器和消防通道，请把楼道里的杂物收回家中。
"""
_COMPOUND = """
chengnan | 298 | results | 业主委员会成立 | Owners' committee set up |
  经业主大会投票，业主委员会已经成立并备案，值班时间为每周三晚七点到九点。
chengnan | 61 | funds | 公共收益收支 | Income and expense of common areas |
  上半年停车和广告收入用于更换门禁和修补路面，余额存入公共账户，明细张贴在公开栏。
zhou-nongmu | 283 | results | 锅炉故障处理情况 | The boiler failure and what was done |
  锅炉已检修，当天恢复供暖。停暖时间从取暖费中扣除，下次缴费时抵减。
zhou-nongmu | 20 | notice | 新物业进场 | A new property company takes over |
  新的物业企业本月接管，承诺供暖期室内温度不低于十六度，收费标准一年内不变。
zhou-nongmu | 4 | fees | 取暖费收费标准 | Heating charges |
  取暖费按建筑面积收取，可分两次缴纳。标准与上一供暖季相同。
dongyuan-yiqu | 110 | notice | 二次供水水箱清洗 | Water tanks cleaned |
  周二上午清洗水箱，停水约三小时，恢复后先放水两分钟再用。
xishan-jiayuan | 83 | results | 路面修补完工 | Paths repaired |
  院内三处塌陷路面已修好，养护七天，期间请绕行。
liangzhan-jiashu | 58 | notice | 引入物业服务征求意见 | Should a property company come in |
  本院没有物业服务，拟引入一家，服务内容和价格张贴十天，由业主表决。
"""
_EACH = 5


def _lines(source: str) -> list[list[str]]:
    joined = source.strip().replace("|\n", "|")
    return [[part.strip() for part in line.split("|")] for line in joined.splitlines()]


def notice_rows() -> list[Row]:
    """About sixty notices, the oldest first; each community has its own choice of the common ones."""
    found: list[tuple[int, str, str, str, str, str, str]] = []
    for before, category, title, title_en, body in _lines(_CITY):
        found.append((int(before), "", "", category, title, title_en, body))
    common = _lines(_COMMUNITY)
    for i, community in enumerate(COMMUNITIES):
        for n in range(_EACH):
            before, category, title, title_en, body = common[(i * _EACH + n * 4 + n) % len(common)]
            found.append((max(int(before) - i % 4, 1), community.code, "", category, title, title_en, body))
    for compound, before, category, title, title_en, body in _lines(_COMPOUND):
        title = f"{COMPOUND_NAME[compound]}：{title}"
        found.append((int(before), COMPOUND_COMMUNITY[compound], compound, category, title, title_en, body))
    found.sort(key=lambda row: (-row[0], row[1], row[4]))
    return [(f"notice-{i:03d}", *row[1:], day(END_DAY - timedelta(days=row[0]))) for i, row in enumerate(found, 1)]
