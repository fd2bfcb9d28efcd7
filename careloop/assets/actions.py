"""The steps of a machine's life as pages and API routes take them."""

from careloop.assets import services
from careloop.assets.forms import ChangeOwnerStep, OwnerStep, ReasonStep, RetireStep
from careloop.core.actions import Action

ACTIONS = {
    "stop": Action("stop", services.stop_asset, ReasonStep),
    "start": Action("start", services.start_asset, is_primary=True),
    "change_owner": Action("change_owner", services.change_owner, ChangeOwnerStep),
    "pass_on": Action("pass_on", services.pass_on, ReasonStep),
    "readmit": Action("readmit", services.readmit, OwnerStep),
    "retire": Action("retire", services.retire, RetireStep, is_danger=True),
}
