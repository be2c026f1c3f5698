<?php
/** Loads the generated client, guzzle and the helper. With composer, its autoloader does this. */

declare(strict_types=1);

error_reporting(E_ALL);
set_error_handler(function (int $level, string $message, string $file, int $line): never {
    throw new ErrorException($message, 0, $level, $file, $line); // a warning of the generated client is a failure
});
require 'GuzzleHttp/autoload.php'; // on the include path of Debian's php-guzzlehttp-guzzle
require __DIR__ . '/src/Outcome.php';
spl_autoload_register(function (string $class): void {
    $file = __DIR__ . '/build/client/lib/' . str_replace('\\', '/', substr($class, strlen('CouponApi\\'))) . '.php';
    if (str_starts_with($class, 'CouponApi\\') && is_file($file)) {
        require $file;
    }
});
