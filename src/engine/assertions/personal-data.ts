/** Finds personal data that has a fixed form. */

/** What may stand before and behind the @ of an e-mail address (RFC 5321 allows 64 and 255 characters). */
const LOCAL_PART = /[a-z0-9._%+-]$/i;
const DOMAIN = /^[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+/i;
const MAX_DOMAIN = 255;

/** Looks around each @ only, so that long texts cost no more than short ones. */
function holdsEmail(text: string): boolean {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (LOCAL_PART.test(text.slice(Math.max(0, at - 1), at)) && DOMAIN.test(text.slice(at + 1, at + 1 + MAX_DOMAIN))) {
      return true;
    }
  }
  return false;
}

const SOCIAL_SECURITY = /\b\d{3}-\d{2}-\d{4}\b/;
const CARD = /\b(?:\d[ -]?){12,18}\d\b/g;

/** What personal data a text holds, as far as a scan can tell, in words; undefined for none. */
export function personalDataIn(text: string): string | undefined {
  if (holdsEmail(text)) return 'an e-mail address';
  if (SOCIAL_SECURITY.test(text)) return 'a social security number';
  if ((text.match(CARD) ?? []).some(isCardNumber)) return 'a card number';
  return undefined;
}

/** Luhn check digit (ISO/IEC 7812-1), which tells card numbers from other long numbers. */
function isCardNumber(written: string): boolean {
  let sum = 0;
  let isDoubled = false;
  for (let index = written.length - 1; index >= 0; index -= 1) {
    const digit = written.charCodeAt(index) - ZERO;
    // Spaces and hyphens between the groups.
    if (digit < 0 || digit > 9) continue;
    const value = isDoubled ? digit * 2 : digit;
    sum += value > 9 ? value - 9 : value;
    isDoubled = !isDoubled;
  }
  return sum % 10 === 0;
}

const ZERO = '0'.charCodeAt(0);
