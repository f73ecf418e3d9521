package tributary.driver.simulate;

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tributary.datasets.Checks;

/**
 * Accuracy against local steps as an SVG picture: a colour for each number of replicas, dashes for
 * each outer step; the axis of local steps is logarithmic. Diverged runs have no point.
 */
public final class AccuracyChart {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 400;
  private static final int LEFT = 70;
  private static final int RIGHT = 190;
  private static final int TOP = 40;
  private static final int BOTTOM = 55;
  private static final int LEGEND_LINE = 20;
  private static final int TICKS = 5;

  /** Okabe and Ito's colours, which colour-blind readers tell apart. */
  private static final List<String> COLOURS =
      List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000");

  private static final List<String> DASHES = List.of("", "7 4", "2 3");

  private final String title;
  private final List<Accuracy> points;
  private final Axis x;
  private final Axis y;
  private final StringBuilder svg = new StringBuilder();

  private AccuracyChart(String title, List<Accuracy> points) {
    this.title = title;
    this.points = points;
    this.x = Axis.of(points, AccuracyChart::logSteps, LEFT, WIDTH - RIGHT);
    this.y = Axis.of(points, Accuracy::top1, HEIGHT - BOTTOM, TOP);
  }

  /** Draws the chart; the result is a whole SVG document. */
  public static String svg(String title, List<Accuracy> accuracies) {
    return new AccuracyChart(
            title, accuracies.stream().filter(accuracy -> !accuracy.isDiverged()).toList())
        .draw();
  }

  private String draw() {
    line(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
            + " font-family=\"sans-serif\" font-size=\"13\">",
        WIDTH, HEIGHT);
    line("<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>");
    text(WIDTH / 2.0, TOP / 2.0, "middle", title);
    text((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 12.0, "middle", "local steps between two averages");
    drawAxes();
    List<Cell> series =
        points.stream().map(AccuracyChart::series).distinct().collect(Collectors.toList());
    for (int i = 0; i < series.size(); i++) {
      drawSeries(series.get(i), i);
    }
    line("</svg>");
    return svg.toString();
  }

  private void drawAxes() {
    int ticks = y.least == y.most ? 1 : TICKS;
    for (int tick = 0; tick < ticks; tick++) {
      double accuracy = y.least + (y.most - y.least) * tick / (TICKS - 1);
      double at = y.at(accuracy);
      line(
          "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#dddddd\"/>",
          LEFT, at, WIDTH - RIGHT, at);
      text(LEFT - 8.0, at + 4, "end", Checks.format("%.2f %%", 100 * accuracy));
    }
    points.stream()
        .map(point -> point.cell().localSteps())
        .distinct()
        .forEach(
            steps ->
                text(x.at(Math.log(steps)), HEIGHT - BOTTOM + 18.0, "middle", steps.toString()));
  }

  /** Cells that one line connects are equal but for their local steps. */
  private static Cell series(Accuracy accuracy) {
    return new Cell(accuracy.cell().replicas(), 1, accuracy.cell().outerStep());
  }

  private void drawSeries(Cell series, int number) {
    String colour =
        pick(COLOURS, points.stream().map(point -> point.cell().replicas()), series.replicas());
    String dash =
        pick(DASHES, points.stream().map(point -> point.cell().outerStep()), series.outerStep());
    List<Accuracy> own = points.stream().filter(point -> series(point).equals(series)).toList();
    String path =
        own.stream()
            .map(point -> Checks.format("%.1f,%.1f", x.at(logSteps(point)), y.at(point.top1())))
            .collect(Collectors.joining(" "));
    String stroke =
        Checks.format("stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"", colour, dash);
    line("<polyline points=\"%s\" fill=\"none\" %s/>", path, stroke);
    own.forEach(
        point ->
            line(
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>",
                x.at(logSteps(point)), y.at(point.top1()), colour));
    double at = TOP + 10.0 + number * LEGEND_LINE;
    int legend = WIDTH - RIGHT + 12;
    line(
        "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" %s/>",
        legend, at, legend + 28, at, stroke);
    String replicas = series.replicas() == 1 ? "1 replica" : series.replicas() + " replicas";
    text(legend + 34.0, at + 4, "start", replicas + ", " + series.outerStepName());
  }

  private static <T> String pick(List<String> from, Stream<T> all, T one) {
    return from.get(all.distinct().toList().indexOf(one) % from.size());
  }

  private static double logSteps(Accuracy accuracy) {
    return Math.log(accuracy.cell().localSteps());
  }

  private void text(double left, double bottom, String anchor, String words) {
    line(
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>",
        left, bottom, anchor, words.replace("&", "&amp;").replace("<", "&lt;"));
  }

  private void line(String format, Object... values) {
    svg.append(Checks.format(format, values)).append('\n');
  }

  /** Maps values to pixels. */
  private record Axis(double least, double most, double from, double to) {
    static Axis of(
        List<Accuracy> points, ToDoubleFunction<Accuracy> value, double from, double to) {
      double least = points.stream().mapToDouble(value).min().orElse(0);
      double most = points.stream().mapToDouble(value).max().orElse(1);
      return new Axis(least, most, from, to);
    }

    double at(double value) {
      return most == least
          ? (from + to) / 2
          : from + (to - from) * (value - least) / (most - least);
    }
  }
}
