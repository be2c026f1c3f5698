"""Access by name to the series and customers of a target. Missing ones raise NotOffered, so no test has to
check first.
"""

from attrs import frozen

from coupon_contract.suite.skips import NotOffered
from coupon_contract.suite.target import Customer, Series, Target


@frozen
class OfferedSeries:
    """The series of a target: `series.one_per_customer` is its series in the state `one-per-customer`."""

    _target: Target

    def __getattr__(self, name: str) -> Series:
        return self.in_state(name.replace("_", "-"))

    def in_state(self, state: str) -> Series:
        """Return the series in this state. Raises NotOffered."""
        if state not in self._target.series:
            raise NotOffered(f"series.{state}")
        return self._target.series[state]


@frozen
class OfferedCustomers:
    """The customers of a target, each as the reference for a request."""

    _target: Target

    @property
    def any(self) -> Customer:
        """A known customer, by the first identifier that the target file gives."""
        name, text = next(iter(self._target.known[0].items()))
        return {name: text}

    @property
    def last(self) -> Customer:
        """The last of the known customers, which tests may use up."""
        name, text = next(iter(self._target.known[-1].items()))
        return {name: text}

    def all_in_turn(self, count: int) -> list[Customer]:
        """Return `count` references that name the known customers in turn."""
        everyone = [dict([next(iter(customer.items()))]) for customer in self._target.known]
        return [everyone[index % len(everyone)] for index in range(count)]

    def known(self, identifier: str) -> Customer:
        """Return a known customer by this identifier: mobile, email or externalId. Raises NotOffered.

        External ids that are not numbers are preferred, because leading zeros of numbers have a clause of their own.
        """
        texts = [customer[identifier] for customer in self._target.known if identifier in customer]
        if not texts:
            raise NotOffered(f"customers.known with {identifier}")
        return {identifier: min(texts, key=lambda text: identifier == "externalId" and text.isdigit())}

    def unknown(self, identifier: str) -> Customer:
        """Return an identifier that no customer has. Raises NotOffered."""
        if identifier not in self._target.unknown:
            raise NotOffered(f"customers.unknown.{identifier}")
        return {identifier: self._target.unknown[identifier]}
