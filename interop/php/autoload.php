<?php
/** Loads the helper, guzzle and the generated client, with Composer's autoloader where it is installed. Changes nothing else. */

declare(strict_types=1);

if (is_file(__DIR__ . '/vendor/autoload.php')) {
    return require __DIR__ . '/vendor/autoload.php';
}
require 'GuzzleHttp/autoload.php'; // on the include path of Debian's php-guzzlehttp-guzzle
spl_autoload_register(function (string $class): void {
    foreach (['CouponApi\\' => '/build/client/lib/', 'CouponOutcome\\' => '/src/'] as $prefix => $folder) {
        $file = __DIR__ . $folder . str_replace('\\', '/', substr($class, strlen($prefix))) . '.php';
        if (str_starts_with($class, $prefix) && is_file($file)) {
            require $file;
        }
    }
});
