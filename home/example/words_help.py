"""The pages that people turn to when they are worried. No local process and no local number is invented here."""

from home.example.blocks import accordion, button, callout, cards
from home.example.markup import story
from home.example.structure import PageWords
from home.models import ParentsPage, WorriedPage, YoungPeoplePage

WORRIED = PageWords(
    address="/worried-about-a-child/",
    model=WorriedPage,
    title="Worried about a child?",
    summary="You don’t need proof, and you don’t need to be sure. Tell somebody what you have seen or heard.",
    topics=("safeguarding-basics",),
    fields={
        "search_description": "What to do if you are worried about a child in County Durham: who to call, what to look "
        "for, and what happens after you tell somebody.",
        "body": story(
            callout(
                "action",
                "If a child is in danger right now",
                "Call 999 and ask for the police. Don’t wait, and don’t put yourself in danger.",
            ),
            """
            ## Signs that something may be wrong

            One sign on its own may mean nothing. Trust your unease, above all if a child seems different from before.
            """,
            accordion(
                (
                    "How the child looks",
                    """
                    - bruises, burns or other injuries that nobody can explain well
                    - dirty, hungry, or dressed wrongly for the weather again and again
                    - ill or in pain, and nobody seeks help
                    """,
                ),
                (
                    "How the child behaves",
                    """
                    - suddenly withdrawn, very anxious, very angry or clinging
                    - afraid to go home, or afraid of a certain person
                    - knows things about sex that don’t fit their age
                    - often missing from school or from home
                    """,
                ),
                (
                    "What happens around the child",
                    """
                    - left alone, or left to look after smaller children
                    - shouting, violence, heavy drinking or drug use at home
                    - new, older friends, or money, clothes and phones that nobody can explain
                    - somebody who threatens, follows or controls them, on the street or online
                    """,
                ),
            ),
            """
            ## If a child tells you something

            1. Listen. Let them say it in their own words, and don’t press for more.
            2. Stay calm, even if you are shocked.
            3. Tell them that they did the right thing, and that it isn’t their fault.
            4. Don’t promise to keep it secret. Say that you will tell people who can help.
            5. Write down what they said as soon as you can, in their words.
            6. Call. Don’t first talk to the person whom the child is afraid of.
            """,
            callout(
                "information",
                "If you work with children",
                """
                Tell your designated safeguarding lead today, and follow your own organisation’s procedure. If a child is
                in danger, call 999 first. Anyone may pass on a concern themselves; you need nobody’s permission.
                """,
            ),
        ),
        "after_you_tell_us": story(
            """
            Many people hesitate because they don’t know what they will set off. This is roughly what happens, wherever
            in England you call. Each case is different.

            1. **Somebody listens.** They ask what you saw or heard, when, and who the child is. If you don’t know a name
               or an address, tell them what you do know.
            2. **You may be asked who you are.** It helps, because they can come back to you with a question. If you are
               afraid to give your name, say so; you can still tell them.
            3. **They think about what the child needs.** Trained people look at what you said together with what others
               already know.
            4. **If the child is in danger, they act at once.**
            5. **Often the family is offered help.** Most calls don’t end with a child leaving home. A family may be
               struggling and need support, and your call can be what brings it.
            6. **You may not hear how it ended.** The family has a right to privacy, so they may not be able to tell you.
               That doesn’t mean that nothing happened.
            """,
            callout(
                "important",
                "Still worried?",
                "Call again. If you see something new, or nothing seems to change, say so. One more call is never too many.",
            ),
        ),
    },
)

YOUNG_PEOPLE = PageWords(
    address="/children-and-young-people/",
    model=YoungPeoplePage,
    title="For children and young people",
    summary="You have a right to be safe. If something is wrong, it is not your fault, and there are people who will help.",
    fields={
        "search_description": "Are you under 18 and is something wrong? Who you can talk to, and what happens then.",
        "body": story(
            """
            ## Is something wrong?

            Maybe someone hurts you. Maybe someone touches you in a way you don’t like. Maybe nobody looks after you. Maybe
            someone makes you do things, in real life or online. Maybe you are scared, and you don’t know why.

            All of that is worth telling. You don’t have to be sure. You don’t need the right words.

            ## Three things to know

            - **It is not your fault.** Not even if someone says it is.
            - **You are not alone.** Other children have felt like this, and they got help.
            - **Telling is brave.** It is not telling tales.

            ## Who can I tell?
            """,
            accordion(
                (
                    "A grown-up I trust",
                    """
                    A teacher, a nurse, a youth worker, your gran, your friend’s mum. Pick the one who listens. If the
                    first one doesn’t, try another.
                    """,
                ),
                (
                    "Childline",
                    """
                    Call **0800 1111**. It costs nothing. It is for everyone up to the age of 18. You don’t have to tell
                    them your name.
                    """,
                ),
                (
                    "The police, if there is danger now",
                    "Call **999**. Say where you are and that you need help.",
                ),
            ),
            """
            ## What can I say?

            Anything. You can start like this: “Something is happening and I don’t like it.” Or: “Can I tell you something
            that is hard to say?” You can also write it down and give them the paper.

            ## What happens then?
            """,
            accordion(
                (
                    "Will they believe me?",
                    "They should listen to you and take you seriously. If someone doesn’t, tell someone else.",
                ),
                (
                    "Will they keep it secret?",
                    """
                    If you or another child could get hurt, they have to tell people who can help. Ask them who they will
                    tell. They should explain it to you.
                    """,
                ),
                (
                    "Will I be taken away from home?",
                    """
                    Most children who tell someone stay with their family. The people who help want you to be safe. They
                    should ask you what you want too.
                    """,
                ),
                (
                    "What if it is about my friend?",
                    "Tell someone about that too. You are not letting your friend down. You are helping.",
                ),
            ),
            callout(
                "information",
                "If you need to leave this page fast",
                "Press “Exit this page”. On a keyboard you can press Shift three times.",
            ),
        ),
    },
)

PARENTS = PageWords(
    address="/parents-and-carers/",
    model=ParentsPage,
    title="For parents and carers",
    summary="Bringing up children is hard work, and nobody does it alone. What to do when you are worried, and what to "
    "expect when others are.",
    topics=("early-help",),
    audiences=("parents-and-carers",),
    fields={
        "search_description": "Help for parents and carers in County Durham: when you need support, when you are worried "
        "about your child, and when someone has raised a concern.",
        "body": story(
            """
            ## When things get hard

            Money, illness, a separation, a baby who doesn’t sleep, a teenager who doesn’t talk. Asking for help early is
            a strength. You can begin with anyone who already knows your child:

            - your child’s school, nursery or college
            - your health visitor, midwife, school nurse or GP

            They can tell you what support there is. Often it begins with one worker who brings the others to the table:
            a **team around the family**. You are part of that team, and nothing is agreed without hearing you.

            ## When you are worried about your child
            """,
            accordion(
                (
                    "Something happened to my child",
                    """
                    Listen, stay calm, and tell your child that it isn’t their fault. Then call. If there is danger now,
                    call 999. Otherwise see [who to call](/worried-about-a-child/).
                    """,
                ),
                (
                    "My child has changed",
                    """
                    New friends, secrets, money that you can’t explain, coming home late or not at all: it may be
                    growing up, or it may be somebody using them. Harm outside the home is one of
                    [our priorities](/priorities/harm-outside-the-home/). Keep talking, don’t blame, and tell somebody.
                    """,
                ),
                (
                    "My child is missing",
                    "Call the police at once. You don’t have to wait for a certain time to pass.",
                ),
                (
                    "I am afraid that I might hurt my child",
                    """
                    Put your child somewhere safe, step out of the room, and ring someone: a friend, your GP, or the
                    NSPCC on 0808 800 5000. Saying it aloud is the first step, and there is help.
                    """,
                ),
            ),
            """
            ## When somebody is worried about your child

            It is a shock to be told that someone has raised a concern. It doesn’t mean that you are a bad parent. People
            who work with children have a duty to speak up, and most want to help.
            """,
            accordion(
                (
                    "What will they ask?",
                    "How your child is, what your family needs, and what you think. They should listen to your child too.",
                ),
                (
                    "Can I know what is said about us?",
                    """
                    Ask. You should normally be told why somebody is worried and whom they have spoken to, unless telling
                    you could put a child at risk.
                    """,
                ),
                (
                    "What if I disagree?",
                    "Say so, and ask for it to be written down. Every agency has a way to complain; ask how it works.",
                ),
            ),
            button("Worried about a child? Who to call", "/worried-about-a-child/"),
            cards("Also for you", "/children-and-young-people/", "/priorities/trauma-informed-practice/"),
        ),
    },
)

HELP = (WORRIED, YOUNG_PEOPLE, PARENTS)
