"""How many tins of each tea there are."""


def book_movement(connection, movement):
    """Add what came in, or take off what went out."""
    with connection.transaction():
        connection.execute(
            "UPDATE stock SET quantity = quantity + %s WHERE sku = %s AND warehouse = %s",
            (movement["quantity"], movement["sku"], movement["warehouse"]),
        )


def place_reorder(connection, event_id, sku, quantity):
    """Write down a reorder; an event that is known already changes nothing."""
    with connection.transaction():
        connection.execute(
            "INSERT INTO reorders (event_id, sku, quantity) VALUES (%s, %s, %s) ON CONFLICT (event_id) DO NOTHING",
            (event_id, sku, quantity),
        )
