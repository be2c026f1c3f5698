<?php
/** Makes the calls that interop/program.py tells it, one JSON a line, each once, and reports the end of each. */

declare(strict_types=1);

use CouponApi\Api\IssuanceApi;
use CouponApi\Configuration;
use CouponApi\Model\IssuanceRequest;
use CouponApi\ObjectSerializer;
use CouponOutcome\Outcome;
use GuzzleHttp\Client;
use GuzzleHttp\Exception\GuzzleException;

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

/** Makes the call: the generated client writes the request, guzzle sends it, and the text decides. */
function issue(object $told, IssuanceRequest $request): Outcome
{
    $config = (new Configuration())->setHost($told->url)->setUsername($told->user)->setPassword($told->password);
    $sent = (new IssuanceApi(null, $config))->issueMultipleCouponsRequest($request);
    $requested = $request->getCount() ?? 1;
    try {
        $response = client()->send($sent->withHeader('Accept-Encoding', 'identity'), ['timeout' => $told->timeoutMs / 1000]);
        $whole = !$response->hasHeader('Content-Encoding');
        return Outcome::of($response->getStatusCode(), (string) $response->getBody(), $requested, $whole);
    } catch (GuzzleException) { // lost, late or cut; its message may quote the response
        return Outcome::of(0, '', $requested, false);
    }
}

/** A client that sends once: see "PHP" in docs/interop.md. */
function client(): Client
{
    static $client = new Client([
        'allow_redirects' => false, // 307 and 308 would send again
        'http_errors' => false,
        'decode_content' => false,
        'curl' => [CURLOPT_FRESH_CONNECT => true], // libcurl sends again when a connection that it kept is closed
    ]);
    return $client;
}
