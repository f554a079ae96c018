#pragma once
#include <cstddef>
#include <functional>

namespace minben {

/// Calls `work(from, to)` for pieces that together are [0, count), each once, at the same time on
/// as many threads as the machine has cores, at most `most`; returns when all are done. Pieces are
/// at least `least` long, so small work stays on the calling thread. `work` must not throw; no
/// bytes are shared between pieces but those that it shares itself.
void in_pieces(std::size_t count, std::size_t least,
               const std::function<void(std::size_t from, std::size_t to)>& work,
               std::size_t most = 4);

}  // namespace minben
