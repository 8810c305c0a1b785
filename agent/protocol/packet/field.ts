/** What an encoder says of a number that its field of the message has no room for. */

/** The value, when it is a whole number from `min` to `max`. @throws RangeError when it is not. */
export function inRange(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`${name} is ${value}, the wire has room for ${min} to ${max}`);
}
