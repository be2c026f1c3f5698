<?php
/** Calls the generated client with its defaults, and believes what it decodes: a caller for `coupon-contract judge-caller`. */

declare(strict_types=1);

use CouponApi\Api\IssuanceApi;
use CouponApi\ApiException;
use CouponApi\Configuration;
use CouponApi\Model\CustomerReference;
use CouponApi\Model\IssuanceRequest;

require __DIR__ . '/strict.php';
require __DIR__ . '/autoload.php';

$config = (new Configuration())
    ->setHost(getenv('COUPON_URL'))->setUsername(getenv('COUPON_USER'))->setPassword(getenv('COUPON_PASSWORD'));
$api = new IssuanceApi(null, $config);
for ($call = 0; $call < (int) (getenv('COUPON_CALLS') ?: 1); $call++) {
    echo json_encode(issued($api, (int) getenv('COUPON_COUNT')), JSON_THROW_ON_ERROR), "\n";
}

/** @return array<string, mixed> */
function issued(IssuanceApi $api, int $count): array
{
    $request = new IssuanceRequest([
        'series_id' => (int) getenv('COUPON_SERIES'),
        'customer' => new CustomerReference(['mobile' => getenv('COUPON_MOBILE')]),
        'count' => $count,
    ]);
    try {
        $coupons = $api->issueMultipleCoupons($request)->getCoupons() ?? [];
    } catch (ApiException $problem) {
        return ['end' => $problem->getCode() >= 300 ? 'nothing-issued' : 'unknown'];
    } catch (Throwable) {
        return ['end' => 'unknown'];
    }
    $codes = array_map(fn ($coupon) => $coupon->getCode(), $coupons);
    $end = count($codes) === $count ? 'issued' : ($codes ? 'partly-issued' : 'nothing-issued');
    $ids = array_map(fn ($coupon) => json_encode($coupon->getCouponId()), $coupons);
    return ['end' => $end, 'codes' => $codes, 'ids' => $ids];
}
