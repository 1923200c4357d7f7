"""The command line: words to calls, faults to exit codes; the only click.

Exit codes: 0 done, 1 the content is wrong, 2 usage, 3 edition withdrawn, 4 refused for safety.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

import anedocs
from anedocs.cli import clock
from anedocs.cli.output import Steps, say
from anedocs.core.problems import ContentError, Failure, Refusal, Usage, Withdrawn, did_you_mean
from anedocs.edition.locate import DEFAULT, HOME
from anedocs.edition.names import ORDERSETS

if TYPE_CHECKING:
    from anedocs.edition.locate import Locator
    from anedocs.edition.store import Store


class Common(NamedTuple):
    """The options of every command: where to look, which order set, how much to tell."""

    home: Path | None
    name: str
    steps: Steps
    no_cache: bool

    @property
    def store(self) -> Store | None:
        """Where compiled editions are kept; None with --no-cache."""
        if self.no_cache:
            return None
        from anedocs.edition import store

        return store.of_user(lambda odd: self.steps.say("Read", odd))

    @property
    def locator(self) -> Locator:
        """Where the files of this home are found."""
        from anedocs.edition.locate import Locator

        return Locator(self.home)


class _Once(click.Command):
    """A command that takes each option once.

    Why: of two allergies or two weights Click would keep the last, and the first is never seen.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        _, _, order = self.make_parser(ctx).parse_args(list(args))
        for one in order:
            if isinstance(one, click.Option) and not one.multiple and order.count(one) > 1:
                name = max(one.opts, key=len)
                raise click.UsageError(f"{name} is given more than once; give it once", ctx)
        return super().parse_args(ctx, args)


class _Commands(_Once, click.Group):
    """Turns faults into sentences and exit codes; one that nobody foresaw goes on to process.py."""

    command_class = _Once

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Usage as error:
            raise click.UsageError(str(error)) from error
        except ContentError as error:
            _fail(ctx, str(_in_home(error, ctx.obj)), 1)
        except Withdrawn as error:
            _fail(ctx, f"Withdrawn: {error}.", 3)
        except Refusal as error:
            _fail(ctx, f"Refused: {error}.", 4)
        except Failure as error:
            _fail(ctx, error.told, 1)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            near = did_you_mean(args[0], self.list_commands(ctx))
            raise click.UsageError(f"There is no command '{args[0]}'. {near}", ctx)
        return super().resolve_command(ctx, args)


class _Unquoted(click.Choice[str]):
    """A choice whose refusal does not repeat what was typed. Why: it may be a patient's name."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        return f"write one of {', '.join(self.choices)}."


def _in_home(error: ContentError, common: Common | None) -> ContentError:
    """The same problems, with files of the home by their path: a document knows but their name."""
    if common is None or common.home is None:
        return error
    inside = Path(ORDERSETS)
    return ContentError(
        one._replace(place=one.place._replace(file=str(common.home / one.place.file)))
        if Path(one.place.file).parent == inside else one
        for one in error.problems
    )  # fmt: skip


def _fail(ctx: click.Context, message: str, code: int) -> None:
    click.echo(message, err=True)
    ctx.exit(code)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(anedocs.__version__, prog_name="anedocs")
@click.option("--home", metavar="DIR", help="The hospital's own ordersets/ and templates/; "
              f"default: what {HOME} names.")  # fmt: skip
@click.option("--orderset", "name", default=DEFAULT, show_default=True, metavar="ID",
              help="Which order set.")  # fmt: skip
@click.option("-v", "--verbose", is_flag=True, help="Tell the six steps on stderr.")
@click.option("--no-cache", is_flag=True,
              help="Compile the order set anew; read and store nothing in the cache.")  # fmt: skip
@click.pass_context
def cli(ctx: click.Context, home: str | None, name: str, verbose: bool, no_cache: bool) -> None:
    """One clinical guideline as YAML, and every document a hospital hands out made from it.

    \b
    Examples:
      anedocs sheet --weight 18.4                  the order sheet for one child
      anedocs sheet --weight 18.4 --age 5y --print the same, printed
      anedocs sheet --blank                        the sheet for handwriting
      anedocs dose --weight 18.4                   the doses with their working
      anedocs ehr -o ehr                           the build package for the EHR team
      anedocs reconcile built.csv                  what was built, against the order set
      anedocs gaps                                 what the committee still owes
    """
    place = _home(home, ctx.invoked_subcommand == "new")
    ctx.obj = Common(place, name, Steps(verbose), no_cache)


def _home(named: str | None, new: bool) -> Path | None:
    """The home that an option or the environment names; `new` may make it.

    Raises Usage where it is none. Why: the bundled edition never takes the place of the hospital's.
    """
    said = os.environ.get(HOME) if named is None else named
    if said is None:
        return None
    by = HOME if named is None else "--home"
    if not said.strip():
        raise click.UsageError(f"{by} is empty; name a folder, or leave it out")
    home = Path(said)
    if not _can_be_opened(home) and not (new and not home.is_symlink() and not home.exists()):
        raise click.UsageError(
            f"there is no folder {said!r}, which {by} names. Is the drive connected, and may you "
            "read it?"
        )
    return home


def _can_be_opened(home: Path) -> bool:
    try:
        return home.is_dir()
    except (OSError, ValueError):  # not permitted, too long
        return False


_at = click.option(
    "--at", metavar="TIME", help="Time of the document, as 2026-01-31T14:05; default: now."
)
_json = click.option("--json", "as_json", is_flag=True, help="JSON instead of text.")
_common = click.pass_obj


@cli.command(context_settings={"allow_extra_args": True})
@click.option("--weight", metavar="KG", help="In kg, such as 18.4 or 18.4kg; at most two decimals.")
@click.option("--blank", is_flag=True, help="The sheet for handwriting, without a weight.")
@click.option("--age", metavar="AGE", help="4y, 18mo, 6wk, 12d or 5y3m.")
@click.option("--sex", type=_Unquoted(["female", "male", "other", "unknown"]))
@click.option("--weight-source",
              type=_Unquoted(["measured", "length", "stated", "estimated"]))  # fmt: skip
@click.option(
    "--weighed-at", metavar="TIME",
    help="When the child was weighed: 14:05 (today), 2026-01-31T14:05 or 2026-01-31.",
)  # fmt: skip
@click.option("--allergies", metavar="TEXT", help="Not given: ALLERGIES NOT ASKED is printed.")
@click.option("--confirm-weight", metavar="INITIALS",
              help="Who weighed again, for a weight outside the usual range.")  # fmt: skip
@click.option(
    "--patient", metavar="FILE", help="Name, mrn, date_of_birth as JSON or YAML; - is stdin."
)
@click.option("--paper", type=click.Choice(["letter", "a4"]), default="letter", show_default=True)
@_at
@click.option(
    "--format", "form", type=click.Choice(["pdf", "json"]), default="pdf", show_default=True
)
@click.option("-o", "--output", metavar="FILE", help="Default: a new file in sheets/; - is stdout.")
@click.option("--print", "printer", is_flag=False, flag_value="", metavar="[PRINTER]",
              help="Send it to the printer; without -o no file is kept.")  # fmt: skip
@_common
def sheet(common: Common, /, **words: Any) -> None:
    """Print the order sheet for one child.

    \b
    Examples:
      anedocs sheet --weight 18.4 --age 5y --weight-source measured
      anedocs sheet --weight 18.4 --allergies "penicillin: rash" --paper a4 -o sheet.pdf
      anedocs sheet --weight 18.4 --patient - < label.json
    """
    from anedocs.cli import triage

    _nothing_left_over()
    typed = triage.SheetWords(**words)
    say(triage.sheet(common.locator, common.name, typed, common.steps, common.store))


@cli.command(context_settings={"allow_extra_args": True})
@click.option("--weight", metavar="KG", required=True,
              help="In kg, such as 18.4 or 18.4kg; at most two decimals.")  # fmt: skip
@click.option(
    "--age", metavar="AGE",
    help="4y, 18mo, 6wk, 12d or 5y3m; checks the weight, chooses among published doses.",
)  # fmt: skip
@_json
@_at
@_common
def dose(common: Common, weight: str, age: str | None, as_json: bool, at: str | None) -> None:
    """Show every dose at a weight with its working.

    \b
    Examples:
      anedocs dose --weight 18.4
      anedocs dose --weight 29.99 --json
    """
    from anedocs.cli import triage

    _nothing_left_over()
    words = triage.DoseWords(weight, age, as_json, at)
    say(triage.dose(common.locator, common.name, words, common.steps, common.store))


_out = click.option("-o", "--output", "folder", type=click.Path(path_type=Path), metavar="DIR",
                    default=Path("output"), show_default=True)  # fmt: skip


@cli.command()
@click.option("--size", type=click.Choice(["badge", "index", "a6"]), default="badge",
              show_default=True)  # fmt: skip
@click.option("--paper", type=click.Choice(["letter", "a4"]), default="letter", show_default=True)
@click.option("--flip", type=click.Choice(["long", "short"]), default="long", show_default=True,
              help="The edge on which the printer turns the paper.")  # fmt: skip
@click.option("--single", is_flag=True, help="One card a page, for card printers.")
@_at
@click.option("-o", "--output", metavar="FILE", help="Default: into output/; - is stdout.")
@_common
def card(common: Common, size: str, paper: str, flip: str, single: bool, at: str | None,
         output: str | None) -> None:  # fmt: skip
    """Make the pocket card: two sides, with crop marks.

    \b
    Examples:
      anedocs card --size badge --paper letter
      anedocs card --size a6 --single -o card.pdf
    """
    from anedocs.cli import committee

    today = _today(at)
    say(committee.card(common.locator, common.name, today, size, paper, flip, single, output))


@cli.command()
@click.option("--format", "form", type=click.Choice(["pdf", "docx"]), default="pdf",
              show_default=True)  # fmt: skip
@click.option("--lang", default="en", show_default=True, help="en, en-GB, or a translation: es.")
@click.option("--paper", type=click.Choice(["letter", "a4"]), default="letter", show_default=True)
@click.option("--large-print", is_flag=True, help="At least 18 pt.")
@_at
@click.option("-o", "--output", metavar="FILE", help="Default: into output/; - is stdout.")
@_common
def leaflet(common: Common, form: str, lang: str, paper: str, large_print: bool, at: str | None,
            output: str | None) -> None:  # fmt: skip
    """Make the family leaflet.

    \b
    Examples:
      anedocs leaflet
      anedocs leaflet --format docx --lang es -o leaflet.docx
    """
    from anedocs.cli import committee

    say(
        committee.leaflet(
            common.locator, common.name, _today(at), form, lang, paper, large_print, output
        )
    )


@cli.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="DIR",
              default=Path("output/ehr"), show_default=True)  # fmt: skip
@click.option("--base", metavar="URL", help="Canonical base of the FHIR definitions; your own.")
@click.option("--snomed-affiliate", is_flag=True,
              help="Add SNOMED CT codes that need an affiliate license at your site.")  # fmt: skip
@click.option("--previous", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              metavar="CSV", help="Worksheet of the revision before.")  # fmt: skip
@_at
@_common
def ehr(common: Common, /, at: str | None, **words: Any) -> None:
    """Make the package for the EHR: build worksheet, dose check, FHIR order set.

    \b
    Examples:
      anedocs ehr -o ehr --base https://fhir.example.org/guidelines
      anedocs ehr --previous last-year/order-set-build.csv
    """
    from anedocs.cli import export

    say(export.ehr(common.locator, common.name, _today(at), export.EhrWords(**words)))


@cli.command()
@_out
@click.option("--force", is_flag=True, help="Make every document anew.")
@_at
@_common
def build(common: Common, folder: Path, force: bool, at: str | None) -> None:
    """Make every patient-free document, all of them or none.

    \b
    Examples:
      anedocs build
      anedocs build -o /srv/guidelines --force
    """
    from anedocs.cli import committee

    say(committee.build(common.locator, common.name, _today(at), folder, force))


@cli.command()
@_out
@click.option("--matrix", is_flag=True, help="Print which fact appears in which document.")
@click.option("-v", "--verbose", is_flag=True, help="Tell every difference.")
@_at
@_common
def check(common: Common, folder: Path, matrix: bool, verbose: bool, at: str | None) -> None:
    """Check the order set, and every finished document against one that is made anew.

    \b
    Examples:
      anedocs check
      anedocs check -v
      anedocs check --matrix
    """
    from anedocs.cli import committee

    told = verbose or common.steps.verbose
    say(committee.check(common.locator, common.name, _today(at), folder, matrix, told))


@cli.command()
@click.argument("document", metavar="FILE|CODE")
@_at
@click.pass_context
def verify(ctx: click.Context, document: str, at: str | None) -> None:
    """Ask whether a printed or saved sheet is still true.

    \b
    Examples:
      anedocs verify sheet.pdf
      anedocs verify photo-of-the-code.png
      anedocs verify ID/2026.1.0/7C3BCD13219D/18.4/DRUG:552/56B79CB2
    """
    from anedocs.cli import verifying

    common = ctx.find_object(Common)
    assert common is not None
    if told := clock.not_of_today(at):
        click.echo(f"Warning: {told}.", err=True)
    answer, code = verifying.verify(common.locator, document, _today(at))
    say(answer)
    ctx.exit(code)


@cli.command()
@click.argument("exported", metavar="EXPORT.csv", type=click.Path(path_type=Path))
@click.option("--map", "map_name", metavar="MAP", default="worksheet", show_default=True,
              help="A map file, or the name of one that came with anedocs.")  # fmt: skip
@_json
@_at
@click.pass_context
def reconcile(ctx: click.Context, exported: Path, map_name: str, as_json: bool,
              at: str | None) -> None:  # fmt: skip
    """Compare what was really built in the EHR with the order set.

    \b
    Examples:
      anedocs reconcile built.csv
      anedocs reconcile audit.csv --map analyst-export
      anedocs reconcile audit.csv --map our-ehr.yaml --json
    """
    from anedocs.cli import pharmacy

    common = ctx.find_object(Common)
    assert common is not None
    today = _today(at)
    answer, code = pharmacy.reconcile(
        common.locator, common.name, today, exported, map_name, as_json
    )
    say(answer)
    ctx.exit(code)


@cli.command()
@_json
@_at
@_common
def gaps(common: Common, as_json: bool, at: str | None) -> None:
    """List what is NOT SET, proposed, unanswered, unapproved or overdue.

    \b
    Examples:
      anedocs gaps
      anedocs gaps --json
    """
    from anedocs.cli import author

    say(author.list_gaps(common.locator, common.name, _today(at), not as_json))


@cli.command()
@click.option(
    "--list", "list_", is_flag=True, help="Show each part, who signed it, who is missing."
)
@click.option("--part", "parts", multiple=True, metavar="PART", help="A part to sign.")
@click.option("--all-parts", is_flag=True, help="Every part that this role has not signed.")
@click.option("--role", type=click.Choice(["medical staff", "nursing", "pharmacy"]))
@click.option("--name", metavar="NAME", help="Who signs, with credentials: 'E. Nurse, RN'.")
@click.option(
    "--date", "day", metavar="DAY", help="Of the signature, as 2026-01-31; default: today."
)
@click.option("--yes", is_flag=True, help="Do not ask again before it is written.")
@_json
@_at
@_common
def approve(common: Common, /, list_: bool, as_json: bool, at: str | None, **words: Any) -> None:
    """Sign parts of the order set in the home, or list what is signed.

    \b
    Examples:
      anedocs --home our-hospital approve --list
      anedocs --home our-hospital approve --all-parts --role pharmacy --name "F. Pharma, PharmD"
    """
    from anedocs.cli import signing

    today = _today(at)
    if list_ or as_json:
        say(signing.listed(common.locator, common.name, today, as_json))
    else:
        typed = signing.ApproveWords(**words)
        say(signing.approve(common.locator, common.name, typed, today))


@cli.command()
@click.option("--by", required=True, metavar="NAME", help="Who withdraws it, with role.")
@click.option("--reason", required=True, metavar="TEXT", help="Why; every document bears it.")
@click.option("--date", "day", metavar="DAY", help="As 2026-01-31; default: today.")
@click.option("--yes", is_flag=True, help="Do not ask again before it is written.")
@_at
@_common
def withdraw(common: Common, by: str, reason: str, day: str | None, yes: bool,
             at: str | None) -> None:  # fmt: skip
    """Take the edition in the home out of use: no sheet can be printed from it any more.

    \b
    Example:
      anedocs --home our-hospital withdraw --by "A. Chair, P&T" --reason "dose under review"
    """
    from anedocs.cli import signing

    today = _today(at)
    say(signing.withdraw(common.locator, common.name, by, reason, day, yes, today))


@cli.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@_at
@_common
def adopt(common: Common, folder: Path, at: str | None) -> None:
    """Make a hospital's own home: every file that it needs, and a README of what to decide first.

    \b
    Example:
      anedocs adopt our-hospital
    """
    from anedocs.cli import adopting

    say(adopting.adopt(common.locator, common.name, folder, _today(at)))


@cli.command()
def schema() -> None:
    """Print the JSON Schema by which an editor checks an order set.

    \b
    Example:
      anedocs schema > ordersets/orderset.schema.json
    """
    from anedocs.cli import author

    say(author.schema().rstrip())


@cli.command()
@click.argument("name")
@_at
@_common
def new(common: Common, name: str, at: str | None) -> None:
    """Write a starting order set for another guideline into the home.

    \b
    Example:
      anedocs --home ~/guidelines new status-epilepticus
    """
    from anedocs.cli import author

    say(author.new(common.locator, name, clock.first_written(at).date()))


def _nothing_left_over() -> None:
    """Refuse words that belong to no option, without showing them.

    Why not Click's own refusal: it quotes the word, which may be an allergy or part of a name.
    """
    count = len(click.get_current_context().args)
    if count:
        raise Usage(
            f"{count} word{'s' if count > 1 else ''} belong{'' if count > 1 else 's'} to no "
            'option; put a text with spaces in quotes, as in --allergies "penicillin: rash"'
        )


def _today(at: str | None) -> date:
    return clock.moment(at).date()
