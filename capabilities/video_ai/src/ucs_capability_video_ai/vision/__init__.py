"""All that needs the heavy libraries (OpenCV, PyAV, ONNX Runtime, NumPy). Nothing outside imports it before it is needed."""
