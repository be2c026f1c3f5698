<?php
/**
 * Tells what became of an issuance, from the text of the response. Copy this file as it is; it needs PHP 8.1 of 64 bits and
 * no extension.
 *
 * The rules are those of outcomes.toml. They are applied to the text, because json_decode drops all but the last value
 * of a repeated key, makes floats of long integers, and of "" a key like any other, before any rule could see them.
 */

declare(strict_types=1);

namespace CouponOutcome;

/** A coupon. `id` is written in digits, because an int cannot hold every id; null where the text has none. */
final class Coupon
{
    public function __construct(public readonly string $code, public readonly ?string $id)
    {
    }
}

/**
 * What became of a call. UNKNOWN means that coupons may exist: read back before you call again. Its lists are all that the
 * text names. REFUSED, REJECTED and NOT_AUTHENTICATED mean that nothing was issued.
 */
final class Outcome
{
    public const ISSUED = 'issued';
    public const PARTLY_ISSUED = 'partly-issued';
    public const REFUSED = 'refused';
    public const REJECTED = 'rejected';
    public const NOT_AUTHENTICATED = 'not-authenticated';
    public const UNKNOWN = 'outcome-unknown';

    /**
     * @param list<Coupon> $coupons
     * @param list<int> $errors
     * @param list<int> $warnings
     */
    private function __construct(
        public readonly string $end,
        public readonly int $status,
        public readonly array $coupons,
        public readonly int $missing,
        public readonly array $errors,
        public readonly array $warnings,
        private readonly Facts $facts,
    ) {
    }

    /**
     * The outcome of one call.
     *
     * @param int $status the HTTP status; 0 when there is none
     * @param string $body the bytes of the body, without its content encoding
     * @param int $requested how many coupons were requested; 1 when the request left the count out
     * @param bool $whole false when the body may be cut off, or was compressed in another way than in one gzip member
     */
    public static function of(int $status, string $body, int $requested, bool $whole = true): self
    {
        $text = new Text($body);
        $facts = new Facts($text, $requested);
        $contradicted = $facts->speaksOfCoupons || $facts->foreignCode;
        $missing = $requested - count($facts->coupons);
        $end = match (true) {
            !$whole => self::UNKNOWN,
            $status === Facts::UNAUTHENTICATED && !$contradicted => self::NOT_AUTHENTICATED,
            in_array($status, Facts::REJECTED, true) && !$contradicted => self::REJECTED,
            $status !== Facts::PROCESSED || !$facts->readable => self::UNKNOWN,
            $facts->couponsAgree() => $missing === 0 ? self::ISSUED : self::PARTLY_ISSUED,
            !$contradicted && $facts->refusalProven() => self::REFUSED,
            default => self::UNKNOWN,
        };
        $named = !in_array($end, [self::REFUSED, self::REJECTED, self::NOT_AUTHENTICATED], true);
        $processed = in_array($end, [self::ISSUED, self::PARTLY_ISSUED, self::REFUSED], true);
        return new self(
            $end,
            $status,
            $named ? $facts->coupons : [],
            $end === self::PARTLY_ISSUED ? $missing : 0,
            $facts->codes('errors', $processed),
            $facts->codes('warnings', $processed),
            $facts,
        );
    }

    /** The value at a path below the top, as it is written; null where there is none. */
    public function value(string|int ...$path): ?string
    {
        return $this->facts->value($path);
    }

    /** Whether the response names the customer of the request: `mobile`, `email` or `externalId`, and its value. */
    public function sameCustomer(string $type, string $identifier): bool
    {
        for ($profile = 0; $this->value('customer', 'profiles', $profile) !== null; $profile++) {
            $at = ['customer', 'profiles', $profile, 'identifiers'];
            for ($index = 0; ($seen = $this->value(...[...$at, $index, 'type'])) !== null; $index++) {
                $value = $this->value(...[...$at, $index, 'value']) ?? '';
                if ($seen === $type && ($type === 'externalId' ? self::sameExternalId($value, $identifier) : $value === $identifier)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether two external ids are the same: they may come back padded with zeros. */
    public static function sameExternalId(string $left, string $right): bool
    {
        return ltrim($left, '0') === ltrim($right, '0');
    }
}

/** The facts of the table about one text, and all that it names. @internal */
final class Facts
{
    // generated from outcomes.toml: begin
    public const PROCESSED = 200;
    public const UNAUTHENTICATED = 401;
    public const ID_DIGITS = 40;
    public const CODE_DIGITS = 15;
    public const MOST_VALUES = 250000;

    public const REJECTED = [400, 403, 405, 415, 429];
    public const CERTAIN_REFUSALS = [
        677,
        701,
        707,
        709,
        712,
        713,
        742,
        755,
        756,
        777,
        5001,
        5002,
        5004,
        5005,
    ];
    private const DECIDING_KEYS = [
        "code",
        "couponId",
        "coupons",
        "errors",
        "failureCount",
        "status",
        "successCount",
        "totalCount",
        "warnings",
    ];
    private const NAMING_KEYS = [
        "coupon",
        "couponcode",
        "couponcodes",
        "couponid",
        "couponids",
        "coupons",
    ];
    private const CODE_HOLDERS = ["coupon", "couponcode", "couponcodes", "coupons"];
    private const MARKERS = ["<coupon", "\"coupon", "'coupon"];

   // generated from outcomes.toml: end

    private const LISTS = ['errors', 'warnings'];
    private const COUNTS = ['successCount', 'totalCount', 'failureCount'];
    private const ROOT = Text::ROOT;
    private const ELSEWHERE = 0;
    private const HOLDER = 1; // the value of a key that holds codes
    private const ENTRY = 2; // an entry of its list
    private const BELOW = 3; // below either

    /** @var list<Coupon> */
    public readonly array $coupons;
    public readonly bool $readable;
    public readonly bool $speaksOfCoupons;
    public readonly bool $foreignCode;
    /** @var array<string, int> the first member of each object with each key */
    private array $members = [];
    /** @var array<int, list<int>> the values below each value */
    private array $below = [];
    /** @var list<int> */
    private array $places = [self::ELSEWHERE];
    private int $top;

    public function __construct(private readonly Text $text, private readonly int $requested)
    {
        $repeated = false;
        foreach ($text->keys as $index => $key) {
            $this->below[$text->parents[$index]][] = $index;
            if ($key === null) {
                continue;
            }
            $name = "{$text->parents[$index]} $key";
            $repeated = $repeated || (isset($this->members[$name]) && in_array($key, self::DECIDING_KEYS, true));
            $this->members[$name] ??= $index;
        }
        $all = array_keys($text->kinds);
        foreach (array_slice($all, 1) as $index) {
            $this->places[] = $this->place($index);
        }
        $this->top = $text->clean && ($text->kinds[1] ?? '') === '{' ? 1 : -1;
        $this->coupons = array_map($this->coupon(...), array_values(array_filter($all, $this->namesACode(...))));
        $codes = array_keys($text->keys, 'code', true);
        $this->readable = $this->top > self::ROOT && !$repeated && !array_intersect($codes, array_keys($text->broken));
        $this->speaksOfCoupons = $this->coupons !== [] || $this->holdsAMarker() || $this->any($all, $this->claims(...));
        $this->foreignCode = $this->any($codes, $this->isForeign(...));
    }

    public function couponsAgree(): bool
    {
        $codes = array_map($this->onlyCode(...), $this->entries('coupons'));
        $given = count($codes);
        if ($given === 0 || $given !== count($this->coupons) || $given > $this->requested || in_array('', $codes, true)) {
            return false;
        }
        $counts = array_combine(self::COUNTS, [$given, $this->requested, $this->requested - $given]);
        return count(array_flip($codes)) === $given
            && !$this->any(self::COUNTS, fn (string $name) => !$this->countAgrees($name, $counts[$name]));
    }

    public function refusalProven(): bool
    {
        $errors = $this->entries('errors');
        $counts = array_combine(self::COUNTS, [0, $this->requested, $this->requested]);
        return $errors !== []
            && !$this->any($errors, fn (int $index) => !$this->isCertainRefusal($index))
            && $this->isNone($this->member($this->top, 'warnings') ?? self::ROOT)
            && !$this->any(self::COUNTS, fn (string $name) => !$this->countIs($name, $counts[$name]));
    }

    /**
     * The readable codes of `errors` or `warnings`, at the top or at any depth; an object for a list is its one entry.
     *
     * @return list<int>
     */
    public function codes(string $list, bool $atTop): array
    {
        $codes = [];
        foreach ($this->text->parents as $index => $parent) {
            $single = $this->text->kinds[$index] === '{' && $this->text->keys[$index] === $list && !$atTop;
            $entry = $index > self::ROOT && $this->text->kinds[$parent] === '[' && $this->text->keys[$parent] === $list
                && (!$atTop || $this->text->parents[$parent] === $this->top);
            $code = $single || $entry ? $this->number($this->member($index, 'code'), self::CODE_DIGITS) : null;
            if ($code !== null) {
                $codes[] = (int) $code;
            }
        }
        return $codes;
    }

    /** @param array<string|int> $path */
    public function value(array $path): ?string
    {
        $index = $this->top > self::ROOT ? $this->top : null;
        foreach ($path as $step) {
            if ($index === null) {
                return null;
            }
            $listed = $this->text->kinds[$index] === '[' ? $this->below[$index] ?? [] : [];
            $index = is_string($step) ? $this->member($index, $step) : $listed[$step] ?? null;
        }
        return $index === null ? null : $this->text->texts[$index];
    }

    /** Where a value stands: the value of a key that holds codes, an entry of its list, below either, or elsewhere. */
    private function place(int $index): int
    {
        [$parent, $key] = [$this->text->parents[$index], $this->text->keys[$index]];
        $place = $this->places[$parent];
        if ($key !== null && in_array(strtolower($key), self::CODE_HOLDERS, true)) {
            return self::HOLDER;
        }
        if ($key === 'code' && $this->isCoupon($parent)) {
            return self::HOLDER;
        }
        if ($this->text->kinds[$parent] === '[') {
            return $place === self::HOLDER ? self::ENTRY : $place;
        }
        if ($this->text->kinds[$parent] !== '{' || $place === self::ELSEWHERE) {
            return $place;
        }
        $coupon = $this->member($parent, 'code') !== null;
        return $coupon || in_array($key, self::LISTS, true) ? self::ELSEWHERE : self::BELOW;
    }

    private function namesACode(int $index): bool
    {
        $kind = $this->text->kinds[$index];
        if (!$this->isScalar($index) || $this->text->texts[$index] === '' || isset($this->below[$index])) {
            return false;
        }
        if ($this->text->keys[$index] === 'code') {
            return $this->isCoupon($this->text->parents[$index]);
        }
        return $this->places[$index] === self::ENTRY || ($this->places[$index] !== self::ELSEWHERE && $kind === 'text');
    }

    private function isScalar(int $index): bool
    {
        return in_array($this->text->kinds[$index], ['text', 'number'], true);
    }

    private function isCoupon(int $index): bool
    {
        return $this->places[$index] !== self::ELSEWHERE || $this->member($index, 'couponId') !== null;
    }

    private function coupon(int $index): Coupon
    {
        $id = $this->text->keys[$index] === 'code' ? $this->member($this->text->parents[$index], 'couponId') : null;
        return new Coupon($this->text->texts[$index], $this->number($id, self::ID_DIGITS));
    }

    private function onlyCode(int $index): string
    {
        $code = $this->member($index, 'code') ?? self::ROOT;
        return $this->text->kinds[$code] === 'text' ? $this->text->texts[$code] : '';
    }

    private function holdsAMarker(): bool
    {
        $text = strtolower($this->text->text);
        return !$this->text->clean && $this->any(self::MARKERS, fn (string $marker) => str_contains($text, $marker));
    }

    private function claims(int $index): bool
    {
        $key = strtolower($this->text->keys[$index] ?? '');
        if ($key === 'successcount') {
            return !$this->isNone($index) && $this->number($index, self::ID_DIGITS) !== '0';
        }
        if ($key === 'totalcount') {
            return $this->countsSome($this->text->parents[$index]);
        }
        return in_array($key, self::NAMING_KEYS, true) && !$this->isNone($index);
    }

    /** Whether an object counts other than as many failures as coupons asked for. */
    private function countsSome(int $index): bool
    {
        $total = $this->number($this->member($index, 'totalCount'), self::ID_DIGITS);
        $failed = $this->number($this->member($index, 'failureCount'), self::ID_DIGITS);
        return $this->top > self::ROOT && $total !== null && $failed !== null && $total !== $failed;
    }

    private function isForeign(int $index): bool
    {
        if (!$this->isScalar($index) || $this->isCoupon($this->text->parents[$index])) {
            return false;
        }
        $number = Text::integer($this->text->texts[$index], self::CODE_DIGITS);
        if ($number === null) {
            return $this->text->kinds[$index] === 'number';
        }
        return !in_array((int) $number, [...self::CERTAIN_REFUSALS, ...self::REJECTED, self::UNAUTHENTICATED], true);
    }

    private function countAgrees(string $name, int $meant): bool
    {
        $index = $this->member($this->top, $name) ?? self::ROOT;
        if (!$this->isScalar($index)) {
            return true;
        }
        $number = Text::integer($this->text->texts[$index], self::ID_DIGITS);
        return $number === (string) $meant || ($number === null && $this->text->kinds[$index] === 'text');
    }

    private function countIs(string $name, int $meant): bool
    {
        $index = $this->member($this->top, $name);
        return $index === null || $this->text->kinds[$index] === 'null'
            || $this->number($index, self::ID_DIGITS) === (string) $meant;
    }

    private function isCertainRefusal(int $index): bool
    {
        $status = $this->member($index, 'status') ?? self::ROOT;
        $denies = $status === self::ROOT || in_array($this->text->kinds[$status], ['false', 'null'], true);
        $code = $this->number($this->member($index, 'code'), self::CODE_DIGITS);
        return $denies && $code !== null && in_array((int) $code, self::CERTAIN_REFUSALS, true);
    }

    /** Null, an empty list, or the text as a whole, which stands for a member that is missing. */
    private function isNone(int $index): bool
    {
        $kind = $this->text->kinds[$index];
        return $index === self::ROOT || $kind === 'null' || ($kind === '[' && !isset($this->below[$index]));
    }

    /** @return list<int> */
    private function entries(string $key): array
    {
        $list = $this->member($this->top, $key) ?? self::ROOT;
        return $this->text->kinds[$list] === '[' ? $this->below[$list] ?? [] : [];
    }

    private function member(int $index, string $key): ?int
    {
        return $this->members["$index $key"] ?? null;
    }

    private function number(?int $index, int $digits): ?string
    {
        $index ??= self::ROOT;
        return $this->text->kinds[$index] === 'number' ? Text::integer($this->text->texts[$index], $digits) : null;
    }

    /** @param array<mixed> $values */
    private function any(array $values, callable $holds): bool
    {
        foreach ($values as $value) {
            if ($holds($value)) {
                return true;
            }
        }
        return false;
    }
}

/**
 * The text of a body as a flat list of its values, in the order of the text and without loss; the first stands for the text
 * itself. It goes on behind what is no JSON; `clean` is false then. Values are columns, because objects take more memory.
 *
 * @internal
 */
final class Text
{
    public const ROOT = 0;
    private const START = 0;
    private const OPENED = 1;
    private const KEY = 2;
    private const COMMA = 3;
    private const VALUE = 4;
    private const SPACE = " \t\r\n";
    private const WORD = '-+.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    private const NUMBER = '/^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]+))?$/D';
    private const ESCAPES = ['"' => '"', '\\' => '\\', '/' => '/', 'b' => "\x08", 'f' => "\f", 'n' => "\n", 'r' => "\r", 't' => "\t"];
    private const REPLACEMENT = "\u{FFFD}";
    private const CHARACTER = '[\x00-\x7F]|[\xC2-\xDF][\x80-\xBF]|\xE0[\xA0-\xBF][\x80-\xBF]|\xED[\x80-\x9F][\x80-\xBF]'
        . '|[\xE1-\xEC\xEE\xEF][\x80-\xBF]{2}|\xF0[\x90-\xBF][\x80-\xBF]{2}|[\xF1-\xF3][\x80-\xBF]{3}|\xF4[\x80-\x8F][\x80-\xBF]{2}';

    public bool $clean = true;
    public string $text;
    /** @var list<int> */
    public array $parents = [-1];
    /** @var list<?string> */
    public array $keys = [null];
    /** @var list<string> text, number, true, false, null, { or [ */
    public array $kinds = [''];
    /** @var list<string> without quotes and escapes; of a number, as written */
    public array $texts = [''];
    /** @var array<int, true> texts with a lone surrogate, which is replaced */
    public array $broken = [];

    public function __construct(string $body)
    {
        if (PHP_INT_SIZE < 8) {
            throw new \RuntimeException('CouponOutcome needs PHP of 64 bits: codes have up to 15 digits');
        }
        $text = str_starts_with($body, "\xEF\xBB\xBF") ? substr($body, 3) : $body;
        if (!preg_match('//u', $text)) {
            $this->clean = false;
            $text = preg_replace_callback('/(' . self::CHARACTER . ')|./s', fn (array $at) => $at[1] ?? self::REPLACEMENT, $text);
            $text = preg_replace('/(?:' . self::REPLACEMENT . ')++/', self::REPLACEMENT, $text); // decoders differ in how many
        }
        if (str_contains($text, "\0")) { // as in UTF-16
            $this->clean = false;
            $text = str_replace("\0", '', $text);
        }
        $this->text = $text;
        $this->clean = $this->scan($text, self::ROOT) && $this->clean;
        for ($index = 1; $index < count($this->texts); $index++) { // JSON inside a text
            if ($this->kinds[$index] === 'text' && preg_match('/^[{[]/', $this->texts[$index])) {
                $this->scan($this->texts[$index], $index);
            }
        }
    }

    /** The integer that a number is, in plain digits: 1.5E1 is 15. Null for a fraction, and for too many digits. */
    public static function integer(string $number, int $digits): ?string
    {
        if (!preg_match(self::NUMBER, $number, $parts)) {
            return null;
        }
        [$sign, $fraction, $exponent] = [$parts[1], $parts[3] ?? '', $parts[4] ?? '0'];
        $significant = ltrim($parts[2] . $fraction, '0');
        if ($significant === '') {
            return '0';
        }
        if (strlen($exponent) > 5) {
            return null;
        }
        $stripped = rtrim($significant, '0');
        $zeros = (int) $exponent - strlen($fraction) + strlen($significant) - strlen($stripped);
        return $zeros < 0 || strlen($stripped) + $zeros > $digits ? null : $sign . $stripped . str_repeat('0', $zeros);
    }

    private function add(int $parent, ?string $key, string $kind, string $text = ''): void
    {
        $this->parents[] = $parent;
        $this->keys[] = $key;
        $this->kinds[] = $kind;
        $this->texts[] = $text;
    }

    /** Appends the values of a text below `root`; returns whether it is one JSON value. */
    private function scan(string $text, int $root): bool
    {
        [$clean, $open, $before, $key, $at, $length] = [true, [$root], self::START, null, 0, strlen($text)];
        while (($at += strspn($text, self::SPACE, $at)) < $length) {
            if (count($this->texts) > Facts::MOST_VALUES) {
                return false;
            }
            [$letter, $parent] = [$text[$at], $open[count($open) - 1]];
            $top = count($open) > 1 ? $this->kinds[$parent] : '';
            $expected = match ($top) {
                '[' => $before === self::OPENED || $before === self::COMMA,
                '{' => $before === self::KEY,
                default => $before === self::START,
            };
            if ($letter === '"') {
                $end = self::endOfText($text, $at + 1);
                if ($end === null) {
                    return false; // a text without an end, which is not guessed
                }
                [$value, $intact, $proper] = self::unescaped(substr($text, $at + 1, $end - $at - 1));
                $at = $end + 1;
                $next = $at + strspn($text, self::SPACE, $at);
                if (($text[$next] ?? '') === ':') {
                    $follows = $before === self::OPENED || $before === self::COMMA;
                    $clean = $clean && $proper && $intact && $top === '{' && $follows;
                    [$key, $before, $at] = [$value, self::KEY, $next + 1];
                    continue;
                }
                $clean = $clean && $proper && $expected;
                if ($top !== '{' || $before === self::KEY) { // else it is a key without its colon
                    if (!$intact) {
                        $this->broken[count($this->texts)] = true;
                    }
                    $this->add($parent, $key, 'text', $value);
                    $key = null;
                }
                $before = self::VALUE;
            } elseif ($letter === '{' || $letter === '[') {
                $clean = $clean && $expected;
                $open[] = count($this->texts);
                $this->add($parent, $key, $letter);
                [$key, $before] = [null, self::OPENED];
                $at++;
            } elseif ($letter === '}' || $letter === ']') {
                $ends = $top === ($letter === '}' ? '{' : '[');
                $clean = $clean && $ends && ($before === self::OPENED || $before === self::VALUE);
                if (count($open) > 1) {
                    array_pop($open);
                }
                [$key, $before] = [null, self::VALUE];
                $at++;
            } elseif ($letter === ',') {
                $clean = $clean && count($open) > 1 && $before === self::VALUE;
                [$key, $before] = [null, self::COMMA];
                $at++;
            } elseif (($word = substr($text, $at, strspn($text, self::WORD, $at))) !== '') {
                if ($at + strlen($word) === $length && count($open) > 1) {
                    $this->add($parent, $key, 'number'); // it may go on, so it is there and has no value
                    return false;
                }
                $kind = in_array($word, ['true', 'false', 'null'], true) ? $word : 'number';
                $clean = $clean && $expected && ($kind !== 'number' || preg_match(self::NUMBER, $word) === 1);
                $this->add($parent, $key, $kind, $word);
                [$key, $before] = [null, self::VALUE];
                $at += strlen($word);
            } else {
                $clean = false;
                $at++;
            }
        }
        return $clean && count($open) === 1 && $before === self::VALUE;
    }

    private static function endOfText(string $text, int $from): ?int
    {
        $length = strlen($text);
        while (($from += strcspn($text, '"\\', $from)) < $length) {
            if ($text[$from] === '"') {
                return $from;
            }
            $from += 2;
            if ($from > $length) {
                return null;
            }
        }
        return null;
    }

    /**
     * A text without its escapes, whether it had no lone surrogate, which is replaced, and whether it was proper JSON.
     *
     * @return array{string, bool, bool}
     */
    private static function unescaped(string $quoted): array
    {
        [$intact, $proper] = [true, strcspn($quoted, implode('', array_map('chr', range(0, 31)))) === strlen($quoted)];
        if (!str_contains($quoted, '\\')) {
            return [$quoted, $intact, $proper];
        }
        $unescape = function (array $escape) use (&$intact, &$proper): string {
            if (isset($escape[2]) && $escape[2] !== '') {
                $pair = 0x10000 + ((hexdec($escape[1]) - 0xD800) << 10) + hexdec($escape[2]) - 0xDC00;
                return self::utf8($pair);
            }
            $name = $escape[3];
            if (strlen($name) === 5) {
                $unit = hexdec(substr($name, 1));
                $lone = $unit >= 0xD800 && $unit <= 0xDFFF;
                $intact = $intact && !$lone;
                return $lone ? self::REPLACEMENT : self::utf8($unit);
            }
            $proper = $proper && isset(self::ESCAPES[$name]);
            return self::ESCAPES[$name] ?? $name;
        };
        $pair = '\\\\u([dD][89abAB][0-9A-Fa-f]{2})\\\\u([dD][c-fC-F][0-9A-Fa-f]{2})';
        return [preg_replace_callback("/$pair|\\\\(u[0-9A-Fa-f]{4}|.)/s", $unescape, $quoted), $intact, $proper];
    }

    private static function utf8(int $point): string
    {
        return match (true) {
            $point < 0x80 => chr($point),
            $point < 0x800 => chr(0xC0 | $point >> 6) . chr(0x80 | $point & 0x3F),
            $point < 0x10000 => chr(0xE0 | $point >> 12) . chr(0x80 | $point >> 6 & 0x3F) . chr(0x80 | $point & 0x3F),
            default => chr(0xF0 | $point >> 18) . chr(0x80 | $point >> 12 & 0x3F) . chr(0x80 | $point >> 6 & 0x3F)
                . chr(0x80 | $point & 0x3F),
        };
    }
}
