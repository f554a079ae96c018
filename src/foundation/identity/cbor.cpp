#include "cbor.hpp"

namespace minben::identity {

namespace {
constexpr int max_depth = 8;

/// Reads heads of items off the front (RFC 8949 §3).
class Scanner {
 public:
  explicit Scanner(std::span<const std::uint8_t> data) : data_(data) {}

  bool skip_item(int depth) {
    if (depth > max_depth || at_ >= data_.size()) return false;
    const std::uint8_t initial = data_[at_++];
    const auto argument = read_argument(initial & 0x1f);
    if (!argument) return false;
    switch (initial >> 5) {
      case 0:
      case 1:
      case 7:
        return true;
      case 2:
      case 3:
        return skip_bytes(*argument);
      case 4:
        return skip_items(*argument, depth);
      case 5:
        return *argument <= data_.size() && skip_items(2 * *argument, depth);
      default:
        return false;  // tags have no place in WebAuthn
    }
  }
  [[nodiscard]] std::size_t at() const { return at_; }

 private:
  std::optional<std::uint64_t> read_argument(std::uint8_t info) {
    if (info < 24) return info;
    if (info > 27) return std::nullopt;  // indefinite or reserved
    const std::size_t width = std::size_t{1} << (info - 24);
    if (data_.size() - at_ < width) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width; ++i) value = value << 8 | data_[at_++];
    return value;
  }
  bool skip_bytes(std::uint64_t count) {
    if (count > data_.size() - at_) return false;
    at_ += count;
    return true;
  }
  bool skip_items(std::uint64_t count, int depth) {
    if (count > data_.size() - at_) return false;  // each takes at least a byte
    for (std::uint64_t i = 0; i < count; ++i)
      if (!skip_item(depth + 1)) return false;
    return true;
  }

  std::span<const std::uint8_t> data_;
  std::size_t at_ = 0;
};

template <class Matches>
const cbor_item_t* find_member(const cbor_item_t* map, Matches matches) {
  if (map == nullptr || !cbor_isa_map(map)) return nullptr;
  const cbor_item_t* found = nullptr;
  const cbor_pair* pairs = cbor_map_handle(map);
  for (std::size_t i = 0; i < cbor_map_size(map); ++i) {
    if (!matches(pairs[i].key)) continue;
    if (found != nullptr) return nullptr;
    found = pairs[i].value;
  }
  return found;
}
}  // namespace

std::optional<std::size_t> cbor_item_size(std::span<const std::uint8_t> data) {
  Scanner scanner(data);
  return scanner.skip_item(0) ? std::optional(scanner.at()) : std::nullopt;
}

CborItem decode_cbor(std::span<const std::uint8_t> data) {
  if (cbor_item_size(data) != data.size()) return nullptr;
  cbor_load_result result{};
  CborItem item(cbor_load(data.data(), data.size(), &result));
  if (result.error.code != CBOR_ERR_NONE || result.read != data.size()) return nullptr;
  return item;
}

const cbor_item_t* cbor_member(const cbor_item_t* map, std::string_view key) {
  return find_member(map, [&](const cbor_item_t* item) { return cbor_text(item) == key; });
}
const cbor_item_t* cbor_member(const cbor_item_t* map, std::int64_t key) {
  return find_member(map, [&](const cbor_item_t* item) { return cbor_integer(item) == key; });
}

std::optional<Bytes> cbor_bytes(const cbor_item_t* item) {
  if (item == nullptr || !cbor_isa_bytestring(item) || !cbor_bytestring_is_definite(item))
    return std::nullopt;
  const std::uint8_t* data = cbor_bytestring_handle(item);
  return Bytes(data, data + cbor_bytestring_length(item));
}

std::optional<std::string> cbor_text(const cbor_item_t* item) {
  if (item == nullptr || !cbor_isa_string(item) || !cbor_string_is_definite(item))
    return std::nullopt;
  return std::string(reinterpret_cast<const char*>(cbor_string_handle(item)),
                     cbor_string_length(item));
}

std::optional<std::int64_t> cbor_integer(const cbor_item_t* item) {
  if (item == nullptr || !cbor_is_int(item)) return std::nullopt;
  const std::uint64_t value = cbor_get_int(item);
  if (value > INT64_MAX) return std::nullopt;
  const auto positive = static_cast<std::int64_t>(value);
  return cbor_isa_negint(item) ? -1 - positive : positive;
}

}  // namespace minben::identity
