package tributary.datasets.minibatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.DataException;
import tributary.datasets.minibatch.Minibatch.Reading;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.Task;
import tributary.datasets.source.PackSettings;
import tributary.datasets.source.SourceFormat;
import tributary.datasets.testing.LocalPack;
import tributary.datasets.testing.TextData;
import tributary.datasets.text.ExampleTokens;
import tributary.datasets.text.TextSettings;
import tributary.datasets.text.Vocabulary;
import tributary.datasets.text.VocabularySettings;

/** Texts as they come out of real shards. */
@Timeout(60)
class TextMinibatchTest {
  private static final int UNKNOWN = Vocabulary.UNKNOWN;

  @TempDir Path folder;

  @Test
  void documentsLieSideBySideAndWhatIsUnknownThroughoutDoesNotCount() throws IOException {
    TextData.write(folder.resolve("in/train.csv"), "text,label\na b c,x\nb,y\nc c c c c,x\n");
    TextData.write(folder.resolve("in/test.csv"), "text,label\na b c,x\nb,y\n,x\nz z,x\nc z,y\n");
    try (Dataset data = pack(SourceFormat.CSV, TextSettings.DEFAULT)) {
      Vocabulary words = new Vocabulary(data.manifest().text().vocabulary());
      int a = words.id("a");
      int b = words.id("b");
      int c = words.id("c");
      Minibatch batch = read(data, "test", 4, OnBadExample.FAIL, 5).get(0);
      assertThat(batch.shape()).containsExactly(5, 1, 3);
      assertThat(batch.features())
          .containsExactly(a, b, c, b, 0, 0, UNKNOWN, 0, 0, UNKNOWN, UNKNOWN, 0, c, UNKNOWN, 0);
      assertThat(batch.masks().steps())
          .containsExactly(1, 1, 1, 1, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0);
      assertThat(batch.labels()).containsExactly(0, 1, 0, 0, 1);
      assertThat(batch.masks().labels()).containsExactly(1, 1, 0, 0, 1);
      assertThat(batch.countedLabels()).isEqualTo(3);
      assertThat(batch.reading()).isEqualTo(Reading.WHOLE);
      Minibatch cut = read(data, "train", 2, OnBadExample.FAIL, 3).get(0);
      assertThat(cut.features()).as("too long").containsExactly(a, b, b, 0, c, c);
    }
  }

  @Test
  void aTagThatTrainingDoesNotKnowDoesNotCount() throws IOException {
    TextData.write(folder.resolve("in/train.txt"), "the/DT dog/NN\na/DT cat/NN\n");
    TextData.write(folder.resolve("in/test.txt"), "the/DT dog/NN barks/VB\na/DT\n");
    try (Dataset data = pack(SourceFormat.TAGGED, TextSettings.DEFAULT)) {
      assertThat(data.manifest().classes()).containsExactly("DT", "NN");
      Minibatch batch = read(data, "test", 9, OnBadExample.FAIL, 2).get(0);
      assertThat(batch.isLabelledByStep()).isTrue();
      assertThat(batch.labels()).containsExactly(0, 1, 0, 0, 0, 0);
      assertThat(batch.masks().labels()).containsExactly(1, 1, 0, 1, 0, 0);
      assertThat(batch.masks().steps()).containsExactly(1, 1, 1, 1, 0, 0);
    }
  }

  @Test
  void aTextIsReadWindowByWindowWithoutAGap() throws IOException {
    TextData.write(folder.resolve("in/a.txt"), "abcdefgh");
    TextData.write(folder.resolve("in/b.txt"), "hgf");
    try (Dataset data = pack(SourceFormat.DOCUMENTS, TextSettings.DEFAULT)) {
      Vocabulary letters = new Vocabulary(data.manifest().text().vocabulary());
      DocumentTokens text =
          new DocumentTokens(data, "train", new ExampleTokens(Task.LANGUAGE_MODEL, letters));
      assertThat(text.size()).as("two ends").isEqualTo(8 + 3 + 2);
      StreamLayout layout = StreamLayout.ofTraining(text.size(), 4, 1, 2, 2);
      List<Minibatch> batches = new ArrayList<>();
      try (MinibatchReader reader =
          MinibatchReader.ofStream(
              text,
              layout.streams(),
              letters.size(),
              LongStream.range(0, layout.places()).map(layout::number).toArray(),
              new int[] {2, 2},
              new ReadAhead(1, 1))) {
        while (reader.hasNext()) {
          batches.add(reader.next());
        }
      }
      assertThat(batches)
          .extracting(Minibatch::reading)
          .containsExactly(Reading.BEGINNING, Reading.CONTINUED);
      StringBuilder told = new StringBuilder();
      for (int lane = 0; lane < 2; lane++) {
        for (Minibatch batch : batches) {
          for (int step = 0; step < 4; step++) {
            int at = lane * 4 + step;
            if (batch.masks().labels()[at] > 0) {
              int label = batch.labels()[at];
              told.append(label == Vocabulary.END ? "|" : letters.token(label));
            }
          }
        }
      }
      String whole = text(letters, text.slice(0, (int) text.size()));
      assertThat(told).as("all but the first").hasToString(whole.substring(1));
    }
  }

  @Test
  void aTextThatIsNoTextIsTheUsersToDecide() throws IOException {
    TextData.write(folder.resolve("in/train.csv"), "text,label\na,x\nb,y\n");
    try (Dataset data = pack(SourceFormat.CSV, TextSettings.DEFAULT)) {
      TextPreprocessing strange =
          new TextPreprocessing(
              Task.TAGGING, new Vocabulary(data.manifest().text().vocabulary()), List.of("x"), 9);
      assertThatThrownBy(() -> read(data, strange, OnBadExample.FAIL))
          .isInstanceOf(BadExampleException.class)
          .hasMessageContaining("has no file .tags")
          .hasMessageContaining("train-00000.tar")
          .hasMessageContaining("input.on-bad-example: skip");
      Minibatch none = read(data, strange, OnBadExample.SKIP).get(0);
      assertThat(none.isEmpty()).isTrue();
      assertThat(none.countedLabels()).isZero();
    }
  }

  @Test
  void lengthsThatAreNotTheManifestsAreTold() throws IOException {
    TextData.write(folder.resolve("in/train.csv"), "text,label\na b,x\nb,y\n");
    pack(SourceFormat.CSV, TextSettings.DEFAULT).close();
    try (Dataset data = open()) {
      assertThat(data.tokenCounts("train")).containsExactlyInAnyOrder(2, 1);
    }
    Path file = folder.resolve("out/train.tokens");
    byte[] bytes = java.nio.file.Files.readAllBytes(file);
    bytes[12]++;
    TextData.write(file, bytes);
    try (Dataset data = open()) {
      assertThatThrownBy(() -> data.tokenCounts("train"))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("Corrupt file of lengths")
          .hasMessageContaining("pack the dataset again");
      assertThatThrownBy(data::verify).isInstanceOf(DataException.class);
    }
  }

  @Test
  void bytePairsAreCountedByWhatTheVocabularyMakesOfThem() throws IOException {
    TextData.write(folder.resolve("in/train.txt"), "low lower lowest\nlow low\n");
    TextSettings pairs =
        new TextSettings(VocabularySettings.parse("bpe:14", false).orElseThrow(), null, false);
    try (Dataset data = pack(SourceFormat.LINES, pairs)) {
      ExampleTokens tokens =
          new ExampleTokens(
              Task.LANGUAGE_MODEL, new Vocabulary(data.manifest().text().vocabulary()));
      for (int i = 0; i < 2; i++) {
        assertThat(data.tokenCounts("train")[i])
            .isEqualTo(tokens.of(data.read("train", i).example()).length);
      }
    }
  }

  private static String text(Vocabulary letters, int[] tokens) {
    StringBuilder text = new StringBuilder();
    for (int token : tokens) {
      text.append(token == Vocabulary.END ? "|" : letters.token(token));
    }
    return text.toString();
  }

  private static List<Minibatch> read(
      Dataset data, String split, int maxLength, OnBadExample onBadExample, int size)
      throws IOException {
    TextPreprocessing preprocessing =
        new TextPreprocessing(
            data.manifest().task(),
            new Vocabulary(data.manifest().text().vocabulary()),
            data.manifest().classes(),
            maxLength);
    try (MinibatchReader reader =
        MinibatchReader.ofTexts(
            data,
            split,
            preprocessing,
            LongStream.range(0, size).toArray(),
            new int[] {size},
            new ReadAhead(1, 2),
            onBadExample)) {
      return List.of(reader.next());
    }
  }

  private static List<Minibatch> read(
      Dataset data, TextPreprocessing preprocessing, OnBadExample onBadExample) throws IOException {
    try (MinibatchReader reader =
        MinibatchReader.ofTexts(
            data,
            "train",
            preprocessing,
            new long[] {0, 1},
            new int[] {2},
            new ReadAhead(1, 1),
            onBadExample)) {
      return List.of(reader.next());
    }
  }

  private Dataset pack(SourceFormat format, TextSettings text) throws IOException {
    LocalPack.pack(
        TextData.open(format, TextData.columns("label", "text"), folder.resolve("in")),
        PackSettings.of(8, 1).withText(text),
        folder.resolve("out"));
    return open();
  }

  private Dataset open() throws IOException {
    return Dataset.open(folder.resolve("out").toUri().toString(), new Configuration());
  }
}
