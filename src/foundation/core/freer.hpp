#pragma once
// Objects of C libraries that free themselves:
//   using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;

namespace minben {

template <auto free_function>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};

}  // namespace minben
