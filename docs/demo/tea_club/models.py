"""Members, their invoices and their vouchers."""

from django.db import models


class Member(models.Model):
    """A customer who receives a tin of tea every month."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    stripe_id = models.CharField(max_length=64, blank=True)
    joined_at = models.DateTimeField(auto_now_add=True)


class Invoice(models.Model):
    """One month's fee of one member."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT)
    cents = models.PositiveIntegerField()
    month = models.DateField()
    payment_id = models.CharField(max_length=64, blank=True)

    class Meta:
        unique_together = ("member", "month")


class Voucher(models.Model):
    """A discount that can be used once."""

    OPEN, EXPIRED, USED = "open", "expired", "used"

    member = models.ForeignKey(Member, on_delete=models.CASCADE)
    cents = models.PositiveIntegerField()
    status = models.CharField(max_length=10, default=OPEN)
    valid_until = models.DateField()
