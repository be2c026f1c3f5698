<?php
/** Loads every class of the generated client, and makes every model: PHP compiles a file when it is loaded. */

declare(strict_types=1);

require __DIR__ . '/autoload.php';

foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator(__DIR__ . '/build/client/lib')) as $file) {
    if ($file->getExtension() === 'php') {
        $name = strtr(substr($file->getPathname(), strlen(__DIR__ . '/build/client/lib/'), -4), '/', '\\');
        $class = new ReflectionClass("CouponApi\\$name");
        if ($class->isInstantiable() && $class->implementsInterface(CouponApi\Model\ModelInterface::class)) {
            $class->newInstance();
        }
    }
}
