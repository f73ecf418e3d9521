package tributary.driver.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import tributary.datasets.Seeds;
import tributary.datasets.shard.Task;
import tributary.datasets.source.SourceFormat;
import tributary.datasets.testing.TextData;

/** Small made-up texts: a class by one word, tags by the last letter, letters by those before. */
enum TextLesson {
  DOCUMENTS(SourceFormat.CSV, Task.TEXT_CLASSIFICATION, 0.9),
  TAGS(SourceFormat.TAGGED, Task.TAGGING, 0.9),
  TEXT(SourceFormat.LINES, Task.LANGUAGE_MODEL, 0.55);

  private static final int TRAIN = 240;
  private static final int TEST = 60;

  private final SourceFormat format;
  private final Task task;
  private final double accuracy;

  TextLesson(SourceFormat format, Task task, double accuracy) {
    this.format = format;
    this.task = task;
    this.accuracy = accuracy;
  }

  SourceFormat format() {
    return format;
  }

  Task task() {
    return task;
  }

  /** What a small network reaches. */
  double accuracy() {
    return accuracy;
  }

  /** Writes both splits into a folder, which is then given. */
  Path write(Path folder) {
    String ending = this == DOCUMENTS ? ".csv" : ".txt";
    TextData.write(folder.resolve("train" + ending), texts(TRAIN, 1));
    TextData.write(folder.resolve("test" + ending), texts(TEST, 2));
    return folder;
  }

  private String texts(int count, long seed) {
    SplittableRandom random = Seeds.random(seed);
    List<String> lines = new ArrayList<>();
    if (this == DOCUMENTS) {
      lines.add("text,label");
    }
    for (int i = 0; i < count; i++) {
      List<String> words = new ArrayList<>();
      int length = 1 + random.nextInt(10);
      for (int j = 0; j < length; j++) {
        words.add(word(random));
      }
      lines.add(line(words, random));
    }
    return String.join("\n", lines) + "\n";
  }

  private String line(List<String> words, SplittableRandom random) {
    return switch (this) {
      case DOCUMENTS -> {
        boolean good = random.nextInt(2) == 0;
        words.add(random.nextInt(words.size() + 1), good ? "fine" : "awful");
        yield String.join(" ", words) + (good ? ",yes" : ",no");
      }
      case TAGS ->
          String.join(
              " ", words.stream().map(w -> w + "/" + (w.endsWith("s") ? "P" : "S")).toList());
      case TEXT -> "abcd".repeat(1 + random.nextInt(3)) + " " + words.get(0);
    };
  }

  private static String word(SplittableRandom random) {
    return List.of("cat", "cats", "dog", "dogs", "owl", "owls", "elk", "ants")
        .get(random.nextInt(8));
  }
}
