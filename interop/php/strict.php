<?php
/** Makes every warning an exception: a warning of the generated client is a failure of ours. Not for programs of others. */

declare(strict_types=1);

error_reporting(E_ALL);
set_error_handler(function (int $level, string $message, string $file, int $line): never {
    throw new ErrorException($message, 0, $level, $file, $line);
});
