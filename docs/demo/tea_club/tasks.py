"""What the club does in the background."""

import logging
import os

import requests
import stripe
from django.core.mail import send_mail

from tea_club.celery_app import app
from tea_club.models import Invoice, Member, Voucher

logger = logging.getLogger(__name__)

NEWSLETTER = os.environ.get("NEWSLETTER_URL", "https://newsletter.example/api")
POINTS = os.environ.get("POINTS_URL", "https://points.example/api")

stripe.api_key = os.environ.get("STRIPE_API_KEY", "")


@app.task(autoretry_for=(requests.RequestException,), retry_backoff=True, max_retries=5)
def welcome(member_id):
    """Greet a new member and put the address on the newsletter's list."""
    member = Member.objects.get(pk=member_id)
    send_mail(
        "Welcome to the tea club",
        f"Dear {member.name}, your first tin is on its way.",
        None,
        [member.email],
    )
    answer = requests.put(f"{NEWSLETTER}/subscribers/{member_id}", json={"email": member.email}, timeout=5)
    answer.raise_for_status()


@app.task(autoretry_for=(stripe.APIConnectionError,), retry_backoff=True, max_retries=8)
def collect_fee(invoice_id):
    """Charge a month's fee. Stripe knows the invoice by its key and charges it once."""
    invoice = Invoice.objects.select_related("member").get(pk=invoice_id)
    payment = stripe.PaymentIntent.create(
        amount=invoice.cents,
        currency="eur",
        customer=invoice.member.stripe_id,
        off_session=True,
        confirm=True,
        idempotency_key=f"club-invoice-{invoice_id}",
    )
    Invoice.objects.filter(pk=invoice_id, payment_id="").update(payment_id=payment.id)


@app.task(autoretry_for=(stripe.APIConnectionError,), retry_backoff=True, max_retries=8)
def refund(request):
    """Give a member's money back. The key keeps a retry from refunding twice."""
    stripe.Refund.create(
        payment_intent=request["payment_id"],
        amount=request["cents"],
        reason="requested_by_customer",
        idempotency_key=f"refund-{request['member_id']}-{request['requested_at']}",
    )


@app.task
def award_points(order):
    """Tell the loyalty programme about an order."""
    try:
        answer = requests.put(
            f"{POINTS}/orders/{order['order_id']}",
            json={"member": order["member_id"], "cents": order["cents"]},
            timeout=5,
        )
        answer.raise_for_status()
    except requests.RequestException:
        logger.exception("no points for order %s", order["order_id"])


@app.task
def expire_voucher(voucher_id):
    """Close a voucher that nobody has used in time."""
    Voucher.objects.filter(pk=voucher_id, status=Voucher.OPEN).update(status=Voucher.EXPIRED)
