// What a value is read as: whatever fits has a canonical spelling, which fits as it stands.
#include "intake.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben::intake;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.empty()) return -1;
  const Reading all = recognise(text, all_kinds);
  (void)is_null_word(text);
  for (const Type type :
       {Type::integer, Type::number, Type::boolean, Type::date, Type::timestamp}) {
    const Kinds kind = kind_of(type);
    const Reading one = recognise(text, kind);
    MINBEN_ASSERT((one.fits == kind) == ((all.fits & kind) != 0));
    const auto written = canonical(text, type);
    MINBEN_ASSERT(written.has_value() == (one.fits == kind));
    if (!written) continue;
    MINBEN_ASSERT(recognise(*written, kind).plain == kind);
    MINBEN_ASSERT(canonical(*written, type) == written);
  }
  return 0;
}
