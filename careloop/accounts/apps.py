from django.apps import AppConfig

from careloop.accounts.rights import LABELS
from careloop.core import rights


class AccountsConfig(AppConfig):
    name = "careloop.accounts"
    label = "accounts"

    def ready(self) -> None:
        rights.register(LABELS)
