/**
 * IP addresses and CIDR ranges as numbers, so that every spelling of an address is one address. The
 * parser is strict: one text that two systems could read as two addresses is no address here. An
 * IPv4-mapped IPv6 address is its IPv4 address (RFC 4291 section 2.5.5.2); otherwise the families are
 * kept apart, so `::/0` holds no IPv4 address.
 */

/** An address as unsigned 32-bit words, most significant first: one for IPv4, four for IPv6. */
export interface Address {
  readonly words: readonly number[];
}

/** The addresses whose first `prefix` bits are those of `words`; bits after them do not matter. */
export interface Range extends Address {
  readonly prefix: number;
}

const WORD_BITS = 32;
/** Bits before the IPv4 address in an IPv4-mapped one. */
const MAPPED_BITS = 96;
const DECIMAL = /^(?:0|[1-9]\d{0,2})$/;
const GROUP = /^[\da-f]{1,4}$/i;
/** The longest of all: six groups and an IPv4 tail. */
const MAX_ADDRESS_CHARACTERS = 45;

/**
 * Reads an IPv4 address in dotted decimal without leading zeros, or an IPv6 address of RFC 4291
 * section 2.2 without a zone; `null` for anything else, surrounding blanks and ports included.
 */
export function parseAddress(text: string): Address | null {
  const words = parseWords(text);
  return words === null ? null : { words: isMapped(words) ? words.slice(3) : words };
}

/**
 * Reads an address, or a range `address/prefix` of RFC 4632 section 3.1 and RFC 4291 section 2.3, whose
 * address may have bits after the prefix. `null` when it is neither, and for an IPv4-mapped address
 * with a prefix under 96, which would be a range of neither family.
 */
export function parseRange(text: string): Range | null {
  const slash = text.indexOf("/");
  const words = parseWords(slash === -1 ? text : text.slice(0, slash));
  if (words === null) return null;
  const bits = words.length * WORD_BITS;
  const prefix = slash === -1 ? bits : parsePrefix(text.slice(slash + 1), bits);
  if (prefix === null) return null;
  if (!isMapped(words)) return { words, prefix };
  return prefix < MAPPED_BITS ? null : { words: words.slice(3), prefix: prefix - MAPPED_BITS };
}

/** Whether an address lies in a range of its own family. */
export function matchesRange(range: Range, { words }: Address): boolean {
  if (range.words.length !== words.length) return false;
  return range.words.every((word, index) => {
    const bits = Math.min(range.prefix - index * WORD_BITS, WORD_BITS);
    // A shift by 32 would shift by 0, so a word that the prefix does not reach is left out.
    return bits <= 0 || (word ^ (words[index] ?? 0)) >>> (WORD_BITS - bits) === 0;
  });
}

function parsePrefix(text: string, max: number): number | null {
  return DECIMAL.test(text) && Number(text) <= max ? Number(text) : null;
}

function parseWords(text: string): readonly number[] | null {
  if (text.length > MAX_ADDRESS_CHARACTERS) return null;
  if (text.includes(":")) return parseIpv6(text);
  const word = parseIpv4(text);
  return word === null ? null : [word];
}

function parseIpv4(text: string): number | null {
  const octets = text.split(".");
  if (octets.length !== 4) return null;
  let word = 0;
  for (const octet of octets) {
    if (!DECIMAL.test(octet) || Number(octet) > 255) return null;
    word = word * 256 + Number(octet);
  }
  return word;
}

function parseIpv6(text: string): readonly number[] | null {
  const [head = "", tail, ...more] = text.split("::");
  if (more.length > 0) return null;
  const before = parseGroups(head, tail === undefined);
  const after = parseGroups(tail ?? "", true);
  if (before === null || after === null) return null;
  const missing = 8 - before.length - after.length;
  // "::" stands for one group or more; without it nothing may be missing.
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...before, ...Array<number>(missing).fill(0), ...after];
  return [0, 2, 4, 6].map((index) => (groups[index] ?? 0) * 65_536 + (groups[index + 1] ?? 0));
}

/** Groups of 16 bits; the last two may be written as an IPv4 address where the text ends. */
function parseGroups(text: string, atEnd: boolean): readonly number[] | null {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (GROUP.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const word = atEnd && index === parts.length - 1 ? parseIpv4(part) : null;
    if (word === null) return null;
    groups.push(word >>> 16, word & 0xffff);
  }
  return groups;
}

function isMapped(words: readonly number[]): boolean {
  return words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
}
