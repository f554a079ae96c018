#include "impl.hpp"

namespace minben::mydata {

MyData::MyData(Parts parts) : impl_(std::make_unique<Impl>(std::move(parts))) {
  MINBEN_ASSERT(impl_->parts.platform_key.type() == trust::KeyType::ed25519);
}
MyData::~MyData() = default;

}  // namespace minben::mydata
