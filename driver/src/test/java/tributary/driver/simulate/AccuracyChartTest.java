package tributary.driver.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import tributary.worker.train.OuterStepType;

class AccuracyChartTest {
  @Test
  void everySeriesIsALineAndEveryRunAPoint() throws Exception {
    Document svg =
        chart(
            accuracy(1, 1, OuterStepType.AVERAGE, 0.8),
            accuracy(1, 10, OuterStepType.AVERAGE, 0.7),
            accuracy(2, 1, OuterStepType.AVERAGE, 0.6),
            accuracy(2, 1, OuterStepType.SLOWMO, 0.5),
            Accuracy.diverged(new Cell(2, 10, OuterStepType.SLOWMO), 1));

    assertThat(svg.getElementsByTagName("polyline").getLength()).isEqualTo(3);
    assertThat(svg.getElementsByTagName("circle").getLength()).isEqualTo(4);
    assertThat(svg.getDocumentElement().getTextContent())
        .contains("of <a> & b", "1 replica, average", "2 replicas, slowmo", "80.00 %", "50.00 %");
  }

  @Test
  void nothingButDivergedRunsIsAnEmptyChart() throws Exception {
    Document svg = chart(Accuracy.diverged(new Cell(1, 1, OuterStepType.AVERAGE), 1));

    assertThat(svg.getElementsByTagName("circle").getLength()).isZero();
  }

  private static Accuracy accuracy(int replicas, int steps, OuterStepType outer, double top1) {
    return new Accuracy(new Cell(replicas, steps, outer), 1, top1, 1, 1);
  }

  private static Document chart(Accuracy... accuracies) throws Exception {
    String svg = AccuracyChart.svg("of <a> & b", List.of(accuracies));
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
  }
}
