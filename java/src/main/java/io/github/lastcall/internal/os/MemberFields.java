package io.github.lastcall.internal.os;

import io.github.lastcall.internal.os.generated.lc_member;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads and writes an array of struct lc_member. */
final class MemberFields {

    /** Created on first use: most stops read no name of a process. */
    private static final class Unprintable {
        static final Pattern PATTERN = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");
    }

    private MemberFields() {}

    /** Returns the filled elements. */
    static List<Member> members(ByteBuffer fields, int capacity) {
        List<Member> members = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < capacity && fields.getLong(at + lc_member.pid$OFFSET) != 0; i++) {
            members.add(member(fields, at));
            at += lc_member.$SIZEOF;
        }
        return members;
    }

    /** Writes the fields by which the library recognises known members. */
    static void identify(ByteBuffer fields, List<Member> members) {
        int at = 0;
        for (Member member : members) {
            fields.putInt(at + lc_member.size$OFFSET, lc_member.$SIZEOF)
                    .putLong(at + lc_member.pid$OFFSET, member.pid())
                    .putLong(at + lc_member.leader$OFFSET, member.leader())
                    .putLong(at + lc_member.started$OFFSET, member.started());
            at += lc_member.$SIZEOF;
        }
    }

    private static Member member(ByteBuffer fields, int at) {
        return new Member(
                fields.getLong(at + lc_member.pid$OFFSET),
                fields.getLong(at + lc_member.leader$OFFSET),
                fields.getLong(at + lc_member.group$OFFSET),
                fields.getLong(at + lc_member.handle$OFFSET),
                fields.getLong(at + lc_member.started$OFFSET),
                (char) fields.getInt(at + lc_member.state$OFFSET),
                command(fields, at),
                signals(fields, at));
    }

    private static Optional<Member.SignalState> signals(ByteBuffer fields, int at) {
        return fields.getInt(at + lc_member.signal_state$OFFSET) == 0
                ? Optional.empty()
                : Optional.of(new Member.SignalState(
                        fields.getInt(at + lc_member.refused$OFFSET) != 0,
                        fields.getLong(at + lc_member.ignored$OFFSET),
                        fields.getLong(at + lc_member.blocked$OFFSET),
                        fields.getLong(at + lc_member.caught$OFFSET)));
    }

    /**
     * Replaces control characters: a process chooses its own name, and in a log it must not end a line or hide another
     * one.
     */
    private static String command(ByteBuffer fields, int at) {
        byte[] command = new byte[2 * Long.BYTES];
        fields.get(at + lc_member.command_head$OFFSET, command);
        String text = new String(command, StandardCharsets.UTF_8);
        int end = text.indexOf('\0');
        return Unprintable.PATTERN.matcher(end < 0 ? text : text.substring(0, end)).replaceAll("?");
    }
}
