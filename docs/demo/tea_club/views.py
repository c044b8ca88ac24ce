"""What a visitor can ask the club to do."""

from datetime import date
from functools import partial

from django.db import transaction
from django.http import JsonResponse
from django.views.decorators.http import require_POST

from tea_club.models import Invoice, Member
from tea_club.tasks import collect_fee, welcome

MONTHLY_FEE = 1490


@require_POST
@transaction.atomic
def join(request):
    """Make a visitor a member and write the first invoice."""
    member = Member.objects.create(email=request.POST["email"], name=request.POST["name"])
    welcome.delay(member.pk)
    Invoice.objects.create(member=member, cents=MONTHLY_FEE, month=date.today().replace(day=1))
    return JsonResponse({"member": member.pk}, status=201)


@require_POST
def pay(request, member_id):
    """Write this month's invoice, unless there is one, and collect it."""
    with transaction.atomic():
        invoice, _ = Invoice.objects.get_or_create(
            member_id=member_id,
            month=date.today().replace(day=1),
            defaults={"cents": MONTHLY_FEE},
        )
        transaction.on_commit(partial(collect_fee.delay, invoice.pk))
    return JsonResponse({"invoice": invoice.pk}, status=202)
