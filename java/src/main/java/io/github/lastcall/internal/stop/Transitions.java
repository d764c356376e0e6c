package io.github.lastcall.internal.stop;

/** The table of a stop: which event leads from which state to which move. */
final class Transitions {

    /** The move after an event. */
    enum Move {
        /** Stay in the state. */
        STAY,
        /** Do the action of the phase. */
        SEND,
        /** Wait for the phase's timeout. */
        WAIT,
        /** Wait 100 ms. */
        GRACE,
        /** Go to the next phase; after the last one to the forceful phase. */
        NEXT,
        /** Go to the forceful phase, even if others are left. */
        KILL,
        /** Under MIXED, where the graceful phases are for the leader only: look for members, then KILL. Else stay. */
        REST,
        /** Wait for the forceful timeout. */
        KILLED,
        /** Wait 100 ms, then give up. */
        KILL_GRACE,
        /** End: the process could not be stopped. */
        FAIL,
        /** End: the process is gone. */
        END
    }

    private Transitions() {}

    private static final Move[][] TABLE = table();

    /** One line for each state, one column for each event, in the order of {@link State} and {@link Event}. */
    private static Move[][] table() {
        String[] lines = {
            //            RUNNING LEADER_EXIT UNREADABLE SENT   HANDED_OVER REFUSED    SKIPPED    DEADLINE GONE
            /* LOOK */       "SEND REST       SEND       STAY   STAY        STAY       STAY       SEND     END",
            /* SEND */       "STAY REST       STAY       WAIT   WAIT        GRACE      NEXT       KILL     END",
            /* WAIT */       "STAY REST       STAY       STAY   STAY        GRACE      NEXT       NEXT     END",
            /* GRACE */      "STAY REST       STAY       STAY   STAY        STAY       STAY       NEXT     END",
            /* REST */       "KILL STAY       STAY       STAY   STAY        STAY       STAY       KILL     END",
            /* KILL */       "STAY STAY       STAY       KILLED STAY        KILL_GRACE KILL_GRACE STAY     END",
            /* KILLED */     "STAY STAY       STAY       STAY   STAY        STAY       STAY       FAIL     END",
            /* KILL_GRACE */ "STAY STAY       STAY       STAY   STAY        STAY       STAY       FAIL     END",
            /* OVER */       "STAY STAY       STAY       STAY   STAY        STAY       STAY       STAY     STAY",
        };
        Move[][] table = new Move[lines.length][];
        for (int state = 0; state < lines.length; state++) {
            String[] cells = lines[state].trim().split(" +");
            table[state] = new Move[cells.length];
            for (int event = 0; event < cells.length; event++) {
                table[state][event] = Move.valueOf(cells[event]);
            }
        }
        return table;
    }

    static Move of(State state, Event event) {
        return TABLE[state.ordinal()][event.ordinal()];
    }
}
