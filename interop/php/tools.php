<?php
/** Prints the version of guzzle; fails without what the generated client needs. */

declare(strict_types=1);

require 'GuzzleHttp/autoload.php';

curl_version();
mb_internal_encoding('UTF-8');
echo GuzzleHttp\ClientInterface::MAJOR_VERSION, "\n";
