#pragma once
// A narrow path to libcbor: what reaches it has been measured first, so that a few bytes cannot
// make it allocate or descend without bound.
#include <memory>
#include <optional>

#include <cbor.h>

#include "core/core.hpp"

namespace minben::identity {

struct CborDeleter {
  void operator()(cbor_item_t* item) const { cbor_decref(&item); }
};
using CborItem = std::unique_ptr<cbor_item_t, CborDeleter>;

/// Bytes of the first item in `data`: definite lengths only, as CTAP2's canonical form asks
/// (FIDO CTAP 2.1 §8), at most 8 levels deep. Nothing when it is not well formed.
std::optional<std::size_t> cbor_item_size(std::span<const std::uint8_t> data);

/// Decodes one item that fills `data` exactly; null otherwise.
CborItem decode_cbor(std::span<const std::uint8_t> data);

/// The value of a text or integer key in a map; null when absent or `map` is no map. A map that
/// names the key twice gives null as well.
const cbor_item_t* cbor_member(const cbor_item_t* map, std::string_view key);
const cbor_item_t* cbor_member(const cbor_item_t* map, std::int64_t key);

std::optional<Bytes> cbor_bytes(const cbor_item_t* item);
std::optional<std::string> cbor_text(const cbor_item_t* item);
std::optional<std::int64_t> cbor_integer(const cbor_item_t* item);

}  // namespace minben::identity
