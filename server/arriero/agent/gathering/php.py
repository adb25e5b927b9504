"""What a composer.json tells; pure."""

from __future__ import annotations

from arriero.agent.gathering.facts import Facts, some
from arriero.agent.gathering.json_object import json_object, mapping

_TOOLS = {"laravel/framework": "Laravel", "symfony/framework-bundle": "Symfony",
          "phpunit/phpunit": "PHPUnit", "pestphp/pest": "Pest",
          "phpstan/phpstan": "PHPStan"}  # fmt: skip
# A project with the first may have the others too, which it needs.
_TESTS = {
    "Pest": "vendor/bin/pest",
    "Laravel": "php artisan test",
    "PHPUnit": "vendor/bin/phpunit",
}


def composer(text: str, _: frozenset[str]) -> Facts:
    """Read the names of scripts and of what is required."""
    package = json_object(text) or {}
    required = mapping(package, "require") | mapping(package, "require-dev")
    tools = tuple(shown for name, shown in _TOOLS.items() if name in required)
    habit = next((command for tool, command in _TESTS.items() if tool in tools), "")
    test = "composer test" if "test" in mapping(package, "scripts") else habit
    lint = "vendor/bin/phpstan analyse" if "PHPStan" in tools else ""
    return Facts(("PHP",), tools, some(test), some(lint))
