const units = ["B", "kB", "MB", "GB", "TB"];

/** A number of bytes in decimal units, two significant figures below ten: "4.9 GB", "271 MB". */
export function sizeLabel(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${units[unit]}`;
}
