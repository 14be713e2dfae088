"""The same work as pipeline.ruff, for `ruff bench-ssg --compare-python`: one page after the other, as Python does it best."""

import os
import time


def page(index: int, body: bytes) -> bytes:
    head = f"<html><body><h1>Post {index}</h1><article>".encode()
    return head + body + b"</article></body></html>"


root = os.environ["RUFF_BENCH_SSG_TMP_DIR"]
count = int(os.environ.get("RUFF_BENCH_SSG_FILES", "10000"))
sources, output = os.path.join(root, "src"), os.path.join(root, "out")
os.makedirs(sources)
os.makedirs(output)
for i in range(count):
    with open(f"{sources}/post_{i}.md", "wb") as file:
        file.write(f"# Post {i}\n\nGenerated page {i}".encode())

started = time.perf_counter()
checksum = 0
for i in range(count):
    with open(f"{sources}/post_{i}.md", "rb") as file:
        made = page(i, file.read())
    with open(f"{output}/post_{i}.html", "wb") as file:
        file.write(made)
    checksum += len(made)
ms = (time.perf_counter() - started) * 1000

print(f"RUFF_SSG_FILES={count}")
print(f"RUFF_SSG_BUILD_MS={ms:.3f}")
print(f"RUFF_SSG_FILES_PER_SEC={count * 1000 / max(ms, 0.001):.2f}")
print(f"RUFF_SSG_CHECKSUM={checksum}")
