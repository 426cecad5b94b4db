#pragma once

#include <cstddef>

namespace store {

// Asks the system to back what lies in it of whole huge pages by those: who jumps about in a large table then
// waits less for addresses to be translated. No more than a wish.
void prefer_huge_pages(void* memory, size_t size);

}  // namespace store
