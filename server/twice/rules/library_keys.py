"""The keys of a library file: what each means, the shape of what it holds, and its words. The format is told in rules/libraries/README.md."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct


class LibraryKey(Struct, frozen=True):
    """A key of a library file: what it holds, the shape of that, and the words that are allowed."""

    meaning: str
    shape: str = "source"
    words: tuple[str, ...] = ()


_K = LibraryKey

SECTIONS: Mapping[str, LibraryKey] = MappingProxyType(
    {
        "library": _K("The package's name; its pinned version picks between version ranges.", "text"),
        "versions": _K("The versions that the file is about.", "text"),
        "about": _K("Anything the next author should know, with the sources of the facts.", "text"),
        "types": _K("What a call, a decorated function, an attribute or an element is.", "mapping"),
        "bases": _K("The type whose meanings a type has too.", "mapping"),
        "values": _K("Where the value of an attribute comes from.", "mapping"),
        "unmistakable": _K("Methods that nothing else has.", "mapping"),
        "known_by": _K("Methods by which an object whose making is not in sight is known.", "mapping"),
        "calls": _K("What calls mean.", "mapping"),
        "clients": _K("Fields of a client, from the call that makes it.", "mapping"),
        "handlers": _K("What runs because an event arrived.", "list"),
        "events": _K("How an event of a kind is laid out.", "mapping"),
        "queues": _K("What a kind of queue is by itself, or by its name.", "mapping"),
        "names": _K("The origin of fields of an event by patterns of their names.", "mapping"),
        "passing": _K("Functions that hand their argument on.", "list"),
        "settings": _K("Settings of a framework by the type of its application, and words of the field.", "mapping"),
        "settings_classes": _K("Calls whose arguments are the attributes of a class.", "mapping"),
        "workers": _K("Programs that run handlers, by the word that starts them.", "mapping"),
        "resources": _K("What deployed resources are, and what their properties mean.", "mapping"),
        "additions": _K("What a fix can put beside a resource, by a word and by the type of that.", "mapping"),
        "classes": _K("The options that name the class of an object.", "mapping"),
        "amounts": _K("Names that stand for a number.", "mapping"),
        "best_effort": _K("Words of what nobody misses.", "list"),
        "sam_events": _K("What an event of SAM is called as a source.", "mapping"),
    }
)

CALL_KEYS: Mapping[str, LibraryKey] = MappingProxyType(
    {
        "is": _K("The nouns or roles it is.", "texts"),
        "about": _K("Anything the next author should know.", "text"),
        "title": _K("What people call it.", "text"),
        "kind": _K("Which kind of its noun it is.", "text"),
        "key": _K("The key it carries: an argument, or a list of places to look."),
        "when": _K("Only for calls with these arguments.", "mapping"),
        "unless": _K("Not for calls with these arguments.", "mapping"),
        "origin": _K("Where the value that it makes comes from.", "text"),
        "passes": _K("The arguments whose value it hands on.", "texts"),
        "runs": _K("The argument that is called.", "text"),
        "dispatches": _K(
            "It calls one of the functions that its object decorates, or another one that these methods take in.",
            "texts",
        ),
        "how": _K("When that is called.", "text", ("now", "aside", "later", "each")),
        "through": _K("The object that runs a function for each record and keeps its failures.", "text"),
        "by_name": _K("The names under which the function that it runs gets its arguments.", "texts"),
        "raises": _K("A conflict is an exception.", "flag"),
        "reported_to": _K("The arguments that are called with the outcome."),
        "sent_back": _K("The argument by which a publish can go back to where its event came from.", "text"),
        "on_failure_only": _K("It has this meaning in an except clause only.", "flag"),
        "variable": _K("The argument that names the variable of the environment it reads.", "text"),
        "address": _K("What names the queue whose address it answers."),
        "told_by": _K("The parts of its answer that tell a failure.", "texts"),
        "may_tell": _K("The parts of its answer that may tell one.", "texts"),
        "coroutine": _K("It has to be awaited before its answer is there.", "flag"),
        "amount": _K("The argument that holds the number its object stands for.", "texts"),
        "cron": _K("The arguments that hold the minutes and the hours at which something is due.", "texts"),
        "unit": _K("How much one of that amount is: 60, where it counts minutes.", "number"),
        "via": _K("The method that does its work.", "text"),
        "applies": _K("The argument that holds a decorator which this decorator applies.", "text"),
        "plain": _K("The arguments it wants in plain.", "texts"),
        "decodes": _K("Its answer is its argument without an encoding.", "flag"),
        "compared": _K("The argument with the values for the names in its condition.", "text"),
        "kept": _K("Where what it records is kept.", "text", ("by_commit", "on_disk")),
        "declares": _K("The queue that it makes at the broker.", "mapping"),
        "marks": _K("The words by which files are known in which it counts.", "texts"),
    }
)

HANDLER_KEYS: Mapping[str, LibraryKey] = MappingProxyType(
    {
        "kind": _K("The kind of its events, as in `events`.", "text"),
        "about": _K("Anything the next author should know.", "text"),
        "decorator": _K("The decorators that declare it.", "texts"),
        "callback": _K("The calls that register it.", "texts"),
        "argument": _K("Where it stands in such a call.", "text"),
        "loop": _K("The call whose surrounding loop it is.", "text"),
        "over": _K("The type that the loop goes over.", "text"),
        "base": _K("The class it extends.", "text"),
        "method": _K("The method of that class which it implements.", "text"),
        "annotated": _K("The type of its only parameter.", "text"),
        "signature": _K("Patterns of its parameters' names.", "texts"),
        "called": _K("The pattern of its name, where nothing else tells.", "text"),
        "listed": _K(
            "The document that lists it: `in` which file, `at` which list, `word: type=X` of the entry, and where the document has its `file`, `function` and the parameter of the `event`.",
            "mapping",
        ),
        "parameters": _K("The types of its parameters.", "list"),
        "event": _K(
            "The parameter that carries the event, `all`, the part for each parameter, or the argument that names it."
        ),
        "bound": _K("The option that puts the framework's own object first.", "text"),
        "app": _K("The type of the application it belongs to.", "text"),
        "app_fields": _K("Fields of that application.", "mapping"),
        "fields": _K("Fields of the handler.", "mapping"),
        "subscription": _K("Fields of what joins it to its queue.", "mapping"),
        "queue": _K("The queue it reads.", "text"),
        "signs": _K(
            "Patterns, in any case, of what only events of such a sender have: a function that shows none is no handler.",
            "texts",
        ),
        "answers": _K("The pattern of an answer, for functions that are known by their signature.", "text"),
        "tried_again_for": _K("The arguments that name the errors after which an event comes back.", "texts"),
        "control": _K("The errors by which the framework is told something.", "texts"),
        "retries": _K("Groups of options that ask for retries.", "list"),
        "settles": _K("What settles an event.", "text", ("return", "ack", "position")),
        "declared": _K("Where its subscription is shown.", "text", ("receiver", "call")),
        "started": _K(
            "aside: the loop counts only in the function of a thread or task; endless: only without a condition.",
            "text",
            ("aside", "endless"),
        ),
        "until": _K("A loop that asks one of these is no handler.", "texts"),
        "marks": _K("The words by which its files are known.", "texts"),
        "deserialisers": _K("The arguments of the consumer that parse an event.", "texts"),
        "around": _K("The argument that is the class it runs inside of.", "text"),
        "runs_in": _K("The call that runs it in a loop of the library's.", "text"),
        "runs_aside": _K("The call that does so in a thread of the library's.", "text"),
        "ends_told_to": _K("The argument of that call that is told when the thread fails.", "text"),
        "error": _K("The method by which an event says that it is an error of the client.", "text"),
        "contents": _K("The methods that read what is in an event.", "texts"),
        "replayed": _K("It is a workflow that is run again from the start.", "flag"),
        "instead": _K("What its library has in the place of calls that it must not make.", "mapping"),
    }
)

EVENT_KEYS: Mapping[str, LibraryKey] = MappingProxyType(
    {
        "batch": _K("The path to its records.", "texts"),
        "payload": _K("The path to what the producer sent.", "texts"),
        "fields": _K("The origin of its other fields.", "mapping"),
        "marks": _K("Patterns in a function that give the kind away.", "texts"),
        "evident": _K("Those patterns are enough.", "flag"),
        "encoded": _K("The ends of the paths to fields that do not come in plain, with what decodes them.", "mapping"),
        "optional": _K(
            "The ends of the paths to fields that some events do not have, with the type of those.", "mapping"
        ),
        "sources": _K("The ends of the paths to what names the queue it came from.", "texts"),
        "failure_id": _K("The name of the id in an entry of the list of failures.", "texts"),
        "failed_by": _K("Which field that id holds.", "texts"),
        "whole_position": _K(
            "The fields that make a position the only one of its kind, the position itself last.", "texts"
        ),
        "failed_entry": _K("The text of such an entry for a `{record}`.", "text"),
        "failures_in": _K("The key of an answer under which these entries are.", "text"),
        "at_least_once": _K("It can always come twice.", "flag"),
        "only_changes": _K("A write that changes nothing makes no event of this kind.", "flag"),
        "keys": _K("The fields of a record, or of the event where there is no batch.", "texts"),
        "envelope": _K("The fields of what it looks like in a queue that it feeds.", "texts"),
        "transport": _K("How it comes.", "text", ("queue", "log", "push", "task", "flow")),
        "answered": _K("Who sends it waits for the answer.", "flag"),
    }
)
