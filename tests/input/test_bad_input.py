"""Every argument of every public callable, given wrongly: a ValueError that says what is wrong."""

import inspect
import re

import numpy as np
import pytest
from flint import arb

import diagprec_core as dp
from diagprec_core.numerics import enclosures
from input import diagnosis, full_batch, methods, mini_batch, numerics, problems, tables, tuning
from input.wrong import ELSEWHERE, LOGISTIC, QUADRATIC, REGRESSION, RESULTS

TABLE = {
    name: row
    for room in (methods, problems, numerics, tables, full_batch, mini_batch, tuning, diagnosis)
    for name, row in room.TABLE.items()
}
ROWS = [
    pytest.param(name, argument, value, id=f"{name}-{argument}-{label}")
    for name, (_, _, wrong) in TABLE.items()
    for argument, values in wrong.items()
    for label, value in values.items()
]


@pytest.mark.parametrize(("name", "argument", "value"), ROWS)
def test_wrong_input_is_refused_by_name(name, argument, value):
    function, valid, _ = TABLE[name]
    with pytest.raises(ValueError, match=re.compile(rf"\A{argument}: got .+, need .+", re.DOTALL)):
        function(**{**valid, argument: value})


@pytest.mark.parametrize("name", TABLE)
def test_the_valid_arguments_are_accepted(name):
    function, valid, _ = TABLE[name]
    function(**valid)  # so that each row above is wrong in one place only


@pytest.mark.parametrize("name", TABLE)
def test_every_argument_has_rows(name):
    function, _, wrong = TABLE[name]
    parameters = inspect.signature(function).parameters.values()
    assert set(wrong) == {p.name for p in parameters if p.kind is not p.VAR_KEYWORD}
    assert all(wrong.values())


def test_every_public_callable_with_arguments_is_in_the_table():
    public = {
        name
        for name in dp.__all__
        if name not in RESULTS | ELSEWHERE and inspect.signature(getattr(dp, name)).parameters
    }
    assert public == {name.split()[0] for name in TABLE if "." not in name}


def test_more_steps_than_the_schedule_has():
    with pytest.raises(ValueError, match=r"\Asteps: got 4, need at most the schedule's 3"):
        dp.descend(QUADRATIC, dp.Adam(), start=[1, 1], learning_rate=dp.constant(0.1, 3), steps=4)


@pytest.mark.parametrize(
    ("argument", "given", "message"),
    [
        ("learning_rate", dp.halving(0.1, 3), "got a schedule or a rate of 0"),
        ("learning_rate", [0.1, 0.0], "got a schedule or a rate of 0"),
    ],
)
def test_what_long_memory_adam_cannot_be_simulated_with(argument, given, message):
    function, valid, _ = TABLE["simulate"]
    valid = {**valid, "preconditioner": dp.LongMemoryAdam(), argument: given}
    with pytest.raises(ValueError, match=rf"\A{argument}: {message}"):
        function(**valid)


def test_long_memory_adam_has_its_own_momentum():
    with pytest.raises(ValueError, match=r"\Amomentum: got 0.5, need 0 beside LongMemoryAdam"):
        dp.stationary_risk(
            REGRESSION, dp.LongMemoryAdam(), learning_rate=0.1, batch_size=2, momentum=0.5
        )


def test_as_many_starts_as_schedules():
    with pytest.raises(ValueError, match=r"\Astart: got an array of shape \(3, 2\), need"):
        dp.descend(
            QUADRATIC, dp.Adam(), start=np.ones((3, 2)), learning_rate=dp.Schedule(np.ones((2, 4)))
        )


def test_sign_descent_has_no_closed_form_where_coordinates_couple():
    turned = [[0.6, -0.8], [0.8, 0.6]]
    with pytest.raises(ValueError, match=r"\Abasis: got .*, need the problem's eigenbasis"):
        dp.parameters_at(
            QUADRATIC, dp.Adam(), start=[1, 1], learning_rate=0.1, step=3, basis=turned
        )


def test_long_memory_adam_has_no_rule_on_logistic_regression():
    function, valid, _ = TABLE["simulate"]
    valid = {**valid, "problem": LOGISTIC, "preconditioner": dp.LongMemoryAdam()}
    with pytest.raises(
        ValueError, match=r"\Apreconditioner: got LongMemoryAdam\(beta1=0.0\), need"
    ):
        function(**valid)


def test_logistic_features_have_no_kurtosis_to_choose():
    with pytest.raises(ValueError, match=r"\Akurtosis: got 2, need 1"):
        dp.second_moment(LOGISTIC, [1.0, 1.0], batch_size=2, kurtosis=2.0)


def test_mean_value_wants_a_slope_for_each_side():
    with pytest.raises(ValueError, match=r"\Aslopes: got 1 for 2 sides, need one a side"):
        enclosures.mean_value(lambda x, y: x + y, [arb(1)], [arb(0), arb(0)])
