<?php
/** Loads the helper and every class of the generated client, and makes every model: PHP compiles a file when it is loaded. */

declare(strict_types=1);

require __DIR__ . '/strict.php';
require __DIR__ . '/autoload.php';

[$classes, $models] = [0, 0];
class_exists(CouponOutcome\Outcome::class) || throw new Error('src/Outcome.php has no class CouponOutcome\Outcome');
foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator(__DIR__ . '/build/client/lib')) as $file) {
    if ($file->getExtension() === 'php') {
        $name = strtr(substr($file->getPathname(), strlen(__DIR__ . '/build/client/lib/'), -4), '/', '\\');
        $class = new ReflectionClass("CouponApi\\$name");
        $classes++;
        if ($class->isInstantiable() && $class->implementsInterface(CouponApi\Model\ModelInterface::class)) {
            $class->newInstance();
            $models++;
        }
    }
}
$models > 0 || throw new Error('build/client/lib has no models: generate the client first');
echo "src/Outcome.php and $classes classes of the generated client load without a warning, and $models models can be made\n";
