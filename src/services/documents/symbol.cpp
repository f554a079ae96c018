#include "symbol.hpp"

#include <algorithm>

#include <zint.h>

namespace minben::documents {

namespace {

struct Release {
  void operator()(zint_symbol* symbol) const { ZBarcode_Delete(symbol); }
};
using Zint = std::unique_ptr<zint_symbol, Release>;

int code_of(Symbology kind) {
  switch (kind) {
    case Symbology::code39:
      return BARCODE_CODE39;
    case Symbology::code128:
      return BARCODE_CODE128;
    case Symbology::qr:
      return BARCODE_QRCODE;
  }
  return BARCODE_CODE128;
}

constexpr int medium_correction = 2;  // QR level M: 15 % of the symbol may be lost
constexpr float bar_height = 40;      // modules

}  // namespace

Result<Symbol> draw_symbol(Symbology kind, std::string_view value) {
  const auto unfit = [](std::string_view why) { return fail(Kind::invalid, "barcode_unfit", why); };
  if (value.empty() || value.size() > 2000) return unfit("empty or too long");
  const Zint zint(ZBarcode_Create());
  if (!zint) return fail(Kind::internal, "out_of_memory");
  zint->symbology = code_of(kind);
  zint->show_hrt = 0;
  if (kind == Symbology::qr) {
    zint->input_mode = UNICODE_MODE;
    zint->option_1 = medium_correction;
  } else {
    zint->height = bar_height;
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(value.data());
  const int encoded = ZBarcode_Encode(zint.get(), bytes, static_cast<int>(value.size()));
  if (encoded >= ZINT_ERROR) return unfit(zint->errtxt);
  if (ZBarcode_Buffer_Vector(zint.get(), 0) >= ZINT_ERROR || !zint->vector)
    return unfit(zint->errtxt);
  Symbol symbol;
  for (const zint_vector_rect* r = zint->vector->rectangles; r; r = r->next) {
    symbol.bars.push_back({r->x, r->y, r->width, r->height});
    symbol.width = std::max(symbol.width, static_cast<double>(r->x + r->width));
    symbol.height = std::max(symbol.height, static_cast<double>(r->y + r->height));
  }
  return symbol;
}

}  // namespace minben::documents
