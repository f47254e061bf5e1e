"""The data of the sample city Tongren: places, organisations, people, needs and notices."""
