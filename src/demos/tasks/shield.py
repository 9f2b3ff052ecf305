# weft:begin
import asyncio


async def payment(second):
    try:
        await asyncio.sleep(0.8 * second)
        print("the payment is made")
        return "receipt"
    finally:
        print("the payment lets its card go")


async def page(payment, shielded):
    try:
        receipt = await (asyncio.shield(payment) if shielded else payment)
        print(f"the page shows the {receipt}")
    finally:
        print("the page is gone")


async def program(shielded, second):
    paying = asyncio.create_task(payment(second), name="payment")
    showing = asyncio.create_task(page(paying, shielded), name="page")
    await asyncio.sleep(0.4 * second)
    print("the page is closed")
    showing.cancel()
    try:
        print(f"main has the {await paying}")
    except asyncio.CancelledError:
        print("the payment was cancelled")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(shielded=True, second=1 / speed))
