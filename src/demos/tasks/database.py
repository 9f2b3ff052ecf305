# weft:begin
import asyncio
import pathlib
import sqlite3
import tempfile


def run(file, text, *values):
    """sqlite3 blocks, so each of these calls has a thread and a connection of its own."""
    with sqlite3.connect(file) as connection:
        cursor = connection.cursor()
        if values:
            cursor.executemany(text, *values)
        else:
            cursor.execute(text)
        rows = cursor.fetchall()
    connection.close()
    return rows


async def query(shop, first, last):
    text = f"select price from shop where id >= {first} and id < {last}"
    prices = await asyncio.to_thread(run, shop, text)
    return sum(price for price, in prices)


async def program(shop, rows, queries):
    await asyncio.to_thread(
        run, shop, "create table shop (id integer primary key, price integer)")
    values = [(row, row * 10) for row in range(rows)]
    await asyncio.to_thread(run, shop, "insert into shop values (?, ?)", values)
    print(f"{rows} rows were written")

    # Each query sums up its share of the rows.
    share = -(-rows // queries)
    sums = await asyncio.gather(
        *(query(shop, number * share, (number + 1) * share)
          for number in range(queries)))
    for number, total in enumerate(sums, start=1):
        print(f"query {number}: {total}")
    print(f"all together: {sum(sums)}")
# weft:end


if __name__ == "__main__":
    import sys

    # There is nothing to speed up: the time is what the database takes.
    assert float(sys.argv[1] if sys.argv[1:] else 1) > 0
    with tempfile.TemporaryDirectory() as folder:
        shop = pathlib.Path(folder, "shop.db")
        asyncio.run(program(shop, rows=1000, queries=4))
