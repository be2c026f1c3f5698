<?php
/** Makes the calls that standard input tells it, one JSON a line, each once, and reports the end of each. */

declare(strict_types=1);

use CouponApi\Api\IssuanceApi;
use CouponApi\Configuration;
use CouponApi\Model\IssuanceRequest;
use CouponApi\ObjectSerializer;
use CouponOutcome\Outcome;
use Psr\Http\Message\RequestInterface;

require __DIR__ . '/strict.php';
require __DIR__ . '/autoload.php';

while (($line = fgets(STDIN)) !== false) {
    $told = json_decode($line, false, 512, JSON_THROW_ON_ERROR);
    echo json_encode(['name' => $told->name] + report($told), JSON_THROW_ON_ERROR), "\n";
}

/** @return array<string, mixed> */
function report(object $told): array
{
    if (isset($told->left)) {
        return ['same' => Outcome::sameExternalId($told->left, $told->right)];
    }
    if (isset($told->body)) {
        return reported(Outcome::of($told->status, base64_decode($told->body), $told->requested));
    }
    $request = ObjectSerializer::deserialize($told->request, IssuanceRequest::class);
    $outcome = issue($told, $request);
    $customer = (array) $told->request->customer;
    $same = fn (string $type) => isset($customer[$type]) && $outcome->sameCustomer($type, $customer[$type]);
    return reported($outcome) + ['sameCustomer' => $same('mobile') || $same('email') || $same('externalId')];
}

/** @return array<string, mixed> */
function reported(Outcome $outcome): array
{
    return [
        'end' => $outcome->end,
        'status' => $outcome->status,
        'codes' => array_column($outcome->coupons, 'code'),
        'ids' => array_column($outcome->coupons, 'id'),
        'missing' => $outcome->missing,
        'errors' => $outcome->errors,
        'warnings' => $outcome->warnings,
        'discountType' => $outcome->value('couponConfig', 'discountType'),
        'details' => [
            'discountValue' => $outcome->value('couponConfig', 'discountValue'),
            'fixedExpiryDate' => $outcome->value('couponConfig', 'fixedExpiryDate'),
            'autoUpdateTime' => $outcome->value('customer', 'profiles', 0, 'autoUpdateTime'),
        ],
    ];
}

/** Makes the call: the generated client writes the request, curl sends it, and the text decides. */
function issue(object $told, IssuanceRequest $request): Outcome
{
    $config = (new Configuration())->setHost($told->url)->setUsername($told->user)->setPassword($told->password);
    $written = (new IssuanceApi(null, $config))->issueMultipleCouponsRequest($request);
    [$status, $body, $whole] = sendOnce($written->withHeader('Accept-Encoding', 'identity'), $told->timeoutMs);
    return Outcome::of($status, $body, $request->getCount() ?? 1, $whole);
}

/**
 * Sends a request once, over a connection of its own: guzzle sends again when a response ends within its headers, and
 * libcurl when a connection that it kept is closed. See "PHP" in docs/interop.md.
 *
 * @return array{int, string, bool} the status, or 0; what arrived of the body; whether all of the response is there, as it was sent
 */
function sendOnce(RequestInterface $request, int $timeoutMs): array
{
    $headers = ['Expect:']; // no wait for "100 Continue"
    foreach ($request->getHeaders() as $name => $values) {
        $headers[] = "$name: " . implode(', ', $values);
    }
    [$body, $head, $encoded] = ['', false, false];
    $curl = curl_init(); // a new handle keeps no connection
    curl_setopt_array($curl, [
        CURLOPT_URL => (string) $request->getUri(),
        CURLOPT_HTTP_VERSION => CURL_HTTP_VERSION_1_1,
        CURLOPT_POSTFIELDS => (string) $request->getBody(),
        CURLOPT_HTTPHEADER => $headers,
        CURLOPT_FOLLOWLOCATION => false, // 307 and 308 would send again
        CURLOPT_TIMEOUT_MS => $timeoutMs,
        CURLOPT_HEADERFUNCTION => function ($curl, string $line) use (&$head, &$encoded): int {
            $head = trim($line) === ''; // curl_exec is true for a head that ends before its empty line
            $encoded = $encoded || stripos($line, 'Content-Encoding:') === 0;
            return strlen($line);
        },
        CURLOPT_WRITEFUNCTION => function ($curl, string $part) use (&$body): int {
            $body .= $part; // kept when the rest is lost: it may name coupons
            return strlen($part);
        },
    ]);
    $whole = curl_exec($curl) && $head && !$encoded;
    return [curl_getinfo($curl, CURLINFO_RESPONSE_CODE), $body, $whole];
}
