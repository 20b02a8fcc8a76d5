"""Which partition a customer lives in: Redis' CRC16 (XMODEM) of the user, modulo P."""


def crc16(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def partition_of(user: str, partitions: int) -> int:
    return crc16(user.encode()) % partitions
