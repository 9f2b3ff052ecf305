# weft:begin
import threading
import time

BOOKING = 0.08
PAUSE = 0.04


class Account:
    def __init__(self, balance):
        self.lock = threading.Lock()
        self.balance = balance

    def book(self, amount):
        with self.lock:
            balance = self.balance
            if balance + amount < 0:
                print(f"{amount:+} refused")
                return
            time.sleep(BOOKING)  # Without the lock, others would change the balance now.
            self.balance = balance + amount
            print(f"{amount:+} booked")


def pay(account, deposits, deposit):
    for _ in range(deposits):
        account.book(deposit)
        time.sleep(PAUSE)


def take(account, withdrawals, withdrawal):
    for number in range(1, withdrawals + 1):
        account.book(-withdrawal * number)
        time.sleep(PAUSE)


def program(deposits, withdrawals, deposit, withdrawal, balance):
    account = Account(balance)
    payer = threading.Thread(target=pay, args=(account, deposits, deposit), name="payer")
    taker = threading.Thread(target=take, args=(account, withdrawals, withdrawal), name="taker")
    payer.start()
    taker.start()
    payer.join()
    taker.join()
    print(f"{account.balance} left")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    BOOKING /= speed
    PAUSE /= speed
    program(deposits=3, withdrawals=3, deposit=100, withdrawal=250, balance=1000)
