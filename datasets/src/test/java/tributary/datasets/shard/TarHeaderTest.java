package tributary.datasets.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TarHeaderTest {
  @Test
  void readsItsOwnHeader() throws CorruptShardException {
    TarHeader header = new TarHeader("0000123.png", 777);
    byte[] region = Arrays.copyOf(header.encode(), 3 * TarHeader.BLOCK);
    assertThat(TarHeader.parse(region, 0)).isEqualTo(header);
  }

  @Test
  void aFlippedByteBreaksTheChecksum() {
    byte[] region = new TarHeader("0000123.png", 0).encode();
    region[3] ^= 1;
    assertThatThrownBy(() -> TarHeader.parse(region, 0))
        .isInstanceOf(CorruptShardException.class)
        .hasMessageContaining("tar header checksum: expected");
  }

  @Test
  void aMemberLargerThanItsExampleIsRefused() {
    byte[] region = new TarHeader("0000123.png", 513).encode();
    assertThatThrownBy(() -> TarHeader.parse(Arrays.copyOf(region, 1024), 0))
        .isInstanceOf(CorruptShardException.class)
        .hasMessage("a tar member of 513 bytes ends beyond the example");
  }

  @Test
  void aNameThatDoesNotFitIsRefused() {
    TarHeader header = new TarHeader("é".repeat(51), 1);
    assertThatThrownBy(header::encode)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at most 100 bytes");
  }
}
