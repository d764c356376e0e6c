package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Section.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** RESULTS.svg: the ratios to C as bars on a logarithmic scale, with their quartiles. */
final class Plot {

    private static final int WIDTH = 860;
    private static final int LABELS = 330;
    private static final int RIGHT = 110;
    private static final int BAR = 18;
    private static final int HEAD = 58;
    private static final double LEAST = 0.7;
    private static final double MOST = 2000;
    private static final int[] TICKS = {1, 2, 5, 10, 100, 1000};

    private final StringBuilder svg = new StringBuilder();
    private int y = 34;

    private Plot() {}

    static void write(Path file, List<Trial> trials) throws IOException {
        Plot plot = new Plot();
        plot.text(12, 22, "bold", "Compared with the same work in C (1 is as fast; logarithmic)");
        trials.forEach(plot::panel);
        String head = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
                + " font-size=\"12\">%n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n";
        Files.writeString(file, String.format(Locale.ROOT, head, WIDTH, plot.y + 12) + plot.svg + "</svg>\n");
    }

    private void panel(Trial trial) {
        List<Row> rows = trial.section().rows();
        int top = y + HEAD - 14;
        int bottom = y + HEAD + rows.size() * BAR;
        text(12, y + 26, "bold", trial.section().title());
        for (int tick : TICKS) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<path d=\"M%.1f %dV%d\" stroke=\"%s\"/>%n",
                    x(tick), top, bottom, tick == 1 ? "#555" : "#ddd"));
            text(x(tick) - 4, top - 3, "normal", Integer.toString(tick));
        }
        y += HEAD;
        rows.forEach(row -> bar(row, trial.toFloor(row)));
    }

    private void bar(Row row, Spread ratio) {
        double from = x(1);
        double to = x(ratio.median());
        text(12, y + 12, row.isLastcall() ? "bold" : "normal", row.label());
        svg.append(String.format(
                Locale.ROOT,
                "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
                Math.min(from, to), y + 2, Math.max(1, Math.abs(to - from)), BAR - 5, colour(row)));
        svg.append(String.format(
                Locale.ROOT,
                "<path d=\"M%.1f %dH%.1f\" stroke=\"#222\" stroke-width=\"2\"/>%n",
                x(ratio.first()), y + BAR / 2, x(ratio.third())));
        text(x(Math.max(1, ratio.third())) + 6, y + 12, "normal", Spread.number(ratio.median()));
        y += BAR;
    }

    private static String colour(Row row) {
        if (row.isLastcall()) {
            return "#2a7de1";
        }
        return row.worker().equals("floor") ? "#888" : row.worker().equals("jdk") ? "#e8a33d" : "#c9b8d8";
    }

    private static double x(double ratio) {
        double place = Math.log(Math.clamp(ratio, LEAST, MOST) / LEAST) / Math.log(MOST / LEAST);
        return LABELS + place * (WIDTH - LABELS - RIGHT);
    }

    private void text(double x, int baseline, String weight, String text) {
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%d\" font-weight=\"%s\">%s</text>%n",
                x, baseline, weight, text.replace("&", "&amp;").replace("<", "&lt;")));
    }
}
