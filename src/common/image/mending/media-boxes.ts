/** Where the boxes of an ISO media file end, which may be beyond the end of a file that was cut off. (ISO 14496-12) */
export function endOfBoxes(bytes: Uint8Array): number {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let end = 0;
  while (end + 8 <= file.length) {
    const size = file.readUInt32BE(end);
    // 1: a size of 64 bits follows the type. 0: to the end of the file.
    const length = size === 1 && end + 16 <= file.length ? Number(file.readBigUInt64BE(end + 8)) : size;
    if (length < 8) return file.length;
    // Something else that a phone has appended.
    if (!/^[ -~]{4}$/.test(file.toString('latin1', end + 4, end + 8))) return end;
    end += length;
  }
  return end;
}
