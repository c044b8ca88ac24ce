"""Django's settings."""

import os

SECRET_KEY = os.environ.get("SECRET_KEY", "only for development")
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "tea_club"]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "tea_club"}}
ROOT_URLCONF = "tea_club.urls"
USE_TZ = True

EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = "club@tea-shop.example"
